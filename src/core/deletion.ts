import type { Reason } from './decision';
import type { TagName } from './names';

/**
 * Whether a registry deletes in one way, found by deleting names that cannot exist.
 * - `works`: proven.
 * - `unsupported`: the registry does not know this form (Distribution 2.8 and tags).
 * - `disabled`: deletes are switched off (405).
 * - `denied`: the credential may not delete (401, 403).
 * - `unproven`: any other answer.
 */
export type DeleteSupport = 'works' | 'unsupported' | 'disabled' | 'denied' | 'unproven';

export interface DeletionCapabilities {
  readonly tagDelete: DeleteSupport;
  readonly digestDelete: DeleteSupport;
}

/** `tag` deletes one tag; `digest` deletes a manifest and with it every tag that points at it. */
export type DeleteForm = 'tag' | 'digest';

/** The form that leaves the most in place of those that are proven; undefined when none is. */
export function deleteFormOf(capabilities: DeletionCapabilities): DeleteForm | undefined {
  if (capabilities.tagDelete === 'works') return 'tag';
  return capabilities.digestDelete === 'works' ? 'digest' : undefined;
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
    case 'unproven':
      return {
        code: 'delete-unproven',
        text: 'blocked: it is not proven that the registry deletes tags or manifests',
      };
  }
}

/** Why a tag cannot go by the digest form while others stand on its digest and stay. */
export function describeShared(staying: readonly TagName[]): Reason<string> {
  const named = staying.slice(0, 3).join(', ');
  const more = staying.length > 3 ? ` and ${staying.length - 3} more` : '';
  const text = `blocked: this registry cannot delete one tag without the others on its digest: ${named}${more}`;
  return { code: 'shares-digest', text };
}
