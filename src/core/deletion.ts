import type { Reason } from './decision';
import type { TagName } from './names';

/**
 * Whether a registry deletes in one way, found by deleting names that cannot exist.
 * - `works`: proven.
 * - `unsupported`: the registry does not know this form (Distribution 2.8 and tags).
 * - `own-api`: it refuses what it knows: an API of its own has it (Harbor and tags).
 * - `disabled`: deletes are switched off (405).
 * - `denied`: the credential may not delete (401, 403).
 * - `unproven`: any other answer.
 */
export type DeleteSupport =
  'works' | 'unsupported' | 'own-api' | 'disabled' | 'denied' | 'unproven';

export interface DeletionCapabilities {
  readonly tagDelete: DeleteSupport;
  readonly digestDelete: DeleteSupport;
  /** Whether the product's own API is configured, and with it the deletion of single tags. */
  readonly provider: boolean;
}

/**
 * - `tag`, `provider`: one tag, by the protocol or by the product's own API.
 * - `digest`: a manifest, and with it every tag that points at it.
 * - `batch-dummy`: tags are pointed at a manifest made for it, which is then deleted.
 */
export const DELETE_FORMS = ['tag', 'provider', 'digest', 'batch-dummy'] as const;
export type DeleteForm = (typeof DELETE_FORMS)[number];

/** The form for one tag by itself; undefined when there is none. */
export function singleTagForm(capabilities: DeletionCapabilities): 'tag' | 'provider' | undefined {
  if (capabilities.tagDelete === 'works') return 'tag';
  return capabilities.provider ? 'provider' : undefined;
}

/**
 * The first form that is proven (retention.md 2.6); `shared` says that a tag on the same digest
 * stays. Undefined when no form leaves it.
 */
export function deleteFormOf(
  capabilities: DeletionCapabilities,
  shared: boolean,
): DeleteForm | undefined {
  const single = singleTagForm(capabilities);
  if (single !== undefined) return single;
  if (capabilities.digestDelete !== 'works') return undefined;
  if (!shared) return 'digest';
  // Such a product removes more with a manifest than its tags.
  return capabilities.tagDelete === 'own-api' ? undefined : 'batch-dummy';
}

/** Why no tag can be deleted at a registry without a proven form (retention.md 2.6). */
export function describeNoForm({ digestDelete }: DeletionCapabilities): Reason<string> {
  switch (digestDelete) {
    case 'disabled':
      return {
        code: 'delete-disabled',
        text: 'blocked: the registry has deletes switched off (Distribution: storage.delete.enabled)',
      };
    case 'denied':
      return {
        code: 'delete-denied',
        text: "blocked: the registry's credential may not delete",
      };
    case 'works':
    case 'unsupported':
    case 'own-api':
    case 'unproven':
      return {
        code: 'delete-unproven',
        text: 'blocked: it is not proven that the registry deletes tags or manifests',
      };
  }
}

/** Why a tag cannot go while others stand on its digest and stay, where only digests can go. */
export function describeShared(staying: readonly TagName[]): Reason<string> {
  const named = staying.slice(0, 3).join(', ');
  const more = staying.length > 3 ? ` and ${staying.length - 3} more` : '';
  const text = `blocked: this registry deletes one tag without the others on its digest only by its own API, which no provider names: ${named}${more}`;
  return { code: 'provider-missing', text };
}
