import type { Reason } from './decision';
import type { RetentionPolicy } from './retention-policy';

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
  /** Whether tags cannot be pointed at something else. */
  readonly immutable?: boolean | undefined;
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

export interface FormNeeds {
  /** How many tags on the same digest stay. */
  readonly siblings: number;
  /** Whether an index lists the digest, be it one that goes as well. */
  readonly listed: boolean;
}

export type FormChoice =
  | { readonly form: DeleteForm }
  | { readonly blocked: readonly [Reason<BlockCode>, ...Reason<BlockCode>[]] };

/**
 * The first form that is proven and that the policy allows, or why there is none (retention.md 2.6).
 * A digest that can be restored is never deleted itself: that would take its restore tag along.
 */
export function chooseForm(
  capabilities: DeletionCapabilities,
  { form, restoreWindowMs }: Pick<RetentionPolicy['deletion'], 'form' | 'restoreWindowMs'>,
  { siblings, listed }: FormNeeds,
): FormChoice {
  const single = singleTagForm(capabilities);
  if (single !== undefined) return { form: single };
  const unproven = describeUnproven(capabilities);
  if (form === 'tag-only') return { blocked: [TAG_ONLY, ...unproven] };
  const [refusal] = unproven;
  if (refusal !== undefined) return { blocked: [refusal] };
  if (siblings === 0 && !listed && restoreWindowMs === 0) return { form: 'digest' };
  // Such a product removes more with a manifest than its tags.
  if (capabilities.tagDelete === 'own-api') return { blocked: [describeProvider(siblings)] };
  return capabilities.immutable === true ? { blocked: [IMMUTABLE] } : { form: 'batch-dummy' };
}

export type BlockCode =
  | 'delete-disabled'
  | 'delete-denied'
  | 'delete-unproven'
  | 'immutable'
  | 'provider-missing'
  | 'tag-only';

const TAG_ONLY = {
  code: 'tag-only',
  text: 'blocked: this registry does not delete single tags, and the policy allows no other form',
} as const;
const IMMUTABLE = {
  code: 'immutable',
  text: 'blocked: this registry deletes digests only, and its tags cannot be pointed at another one before',
} as const;

/** Why digests cannot be deleted; empty where they can. */
export function describeUnproven({
  digestDelete,
}: DeletionCapabilities): readonly Reason<BlockCode>[] {
  switch (digestDelete) {
    case 'works':
      return [];
    case 'disabled':
      return [
        {
          code: 'delete-disabled',
          text: 'blocked: the registry has deletes switched off (Distribution: storage.delete.enabled)',
        },
      ];
    case 'denied':
      return [{ code: 'delete-denied', text: "blocked: the registry's credential may not delete" }];
    case 'unsupported':
    case 'own-api':
    case 'unproven':
      return [
        {
          code: 'delete-unproven',
          text: 'blocked: it is not proven that the registry deletes tags or manifests',
        },
      ];
  }
}

function describeProvider(siblings: number): Reason<'provider-missing'> {
  const others = siblings === 1 ? 'its sibling' : `its ${siblings} siblings`;
  const what =
    siblings === 0
      ? 'blocked: this registry cannot delete one tag and keep its image restorable'
      : `blocked: this registry cannot delete one tag without ${others}`;
  return {
    code: 'provider-missing',
    text: `${what} but by its own API, and no provider is configured`,
  };
}
