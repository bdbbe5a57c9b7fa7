import type { RegistrySettings } from '../config/settings';
import type { RegistryCapabilities } from '../core/capabilities';
import type { DeletionCapabilities } from '../core/deletion';
import type { Check } from '../core/diagnosis';
import type { RegistryErrorCode } from './registry-error';

type Registry = Pick<RegistrySettings, 'id' | 'credentials'>;

/**
 * What to change after an error. `right` is what the account needs the right to, such as
 * `push to gallery/ui`.
 */
export function fixOf(code: RegistryErrorCode, registry: Registry, right: string): string {
  return FIXES[code](registry, right);
}

type Fix = (registry: Registry, right: string) => string;

const checkUrl: Fix = ({ id }) => `check registries.${id}.url and that the registry runs`;
const askLater: Fix = () => "look into the registry's log, and ask again";
const makeRepository: Fix = () => 'create the repository there, or correct its name';

const FIXES: Readonly<Record<RegistryErrorCode, Fix>> = {
  unreachable: checkUrl,
  timeout: checkUrl,
  'server-error': askLater,
  'rate-limited': ({ id }) => `ask again later, or lower registries.${id}.concurrency`,
  unauthorized: ({ id, credentials }, right) =>
    credentials === undefined
      ? `set registries.${id}.auth to an account that may ${right}`
      : `correct user and password in registries.${id}.auth, or let the account ${right}`,
  denied: allowAccount,
  'manifest-unknown': makeRepository,
  'manifest-blob-unknown': askLater,
  'manifest-invalid': askLater,
  refused: allowAccount,
  unsupported: () => 'let it take writes: a mirror, and a registry in read-only mode, do not',
  'digest-mismatch': askLater,
  'redirect-refused': ({ id }) =>
    `if the host is meant, add it to registries.${id}.redirects, or to .realms where it gives out tokens`,
  'answer-too-large': checkUrl,
  'listing-too-large': () => 'name a repository with fewer tags',
  'certificate-untrusted': ({ id }) =>
    `name the certificate of its authority in registries.${id}.caFile`,
  'unexpected-answer': checkUrl,
  'registry-unknown': checkUrl,
};

function allowAccount({ id, credentials }: Registry, right: string): string {
  return credentials === undefined
    ? `set registries.${id}.auth to an account that may ${right}`
    : `give the account of registries.${id}.auth the right to ${right}`;
}

/** What can be deleted, and what to change where that is nothing. */
export function describeDeletion(registry: Registry, found: DeletionCapabilities): Check {
  const name = 'delete';
  const { tagDelete, digestDelete, provider } = found;
  if (tagDelete === 'works') return { name, status: 'ok', text: 'single tags can be deleted' };
  if (provider) {
    const text = "single tags are left to the product's own API, which is not tried here";
    return { name, status: 'ok', text };
  }
  if (tagDelete === 'own-api') {
    const text = 'this product deletes single tags only through its own API';
    return { name, status: 'warn', text, fix: `name it in registries.${registry.id}.provider` };
  }
  if (digestDelete === 'works') {
    const text = 'digests can be deleted; single tags go by a dummy that is put on them first';
    return { name, status: 'ok', text };
  }
  return describeNoDeletion(registry, found);
}

function describeNoDeletion(
  registry: Registry,
  { tagDelete, digestDelete }: DeletionCapabilities,
): Check {
  const name = 'delete';
  const isFound = (word: string): boolean => tagDelete === word || digestDelete === word;
  const text = `nothing can be deleted (tags: ${tagDelete}, digests: ${digestDelete}); tags are moved all the same`;
  const api = `name the product in registries.${registry.id}.provider where it has an API for this`;
  if (isFound('denied')) {
    return { name, status: 'warn', text, fix: allowAccount(registry, 'delete') };
  }
  if (isFound('disabled')) {
    const fix = `switch deletes on there (Distribution: storage.delete.enabled: true), or ${api}`;
    return { name, status: 'warn', text, fix };
  }
  if (isFound('unproven')) {
    const unproven = 'what can be deleted does not show in this repository';
    return { name, status: 'unknown', text: unproven, fix: 'name a repository that has an image' };
  }
  return { name, status: 'warn', text, fix: api };
}

/** A check for each thing that a registry may or may not be able to do; none of them is a fault. */
export function describeCapabilities(found: RegistryCapabilities): readonly Check[] {
  const { multiTag, referrers, paging } = found;
  const known: readonly (readonly [string, string, string])[] = [
    ['several-tags', multiTag, MULTI_TAG[multiTag]],
    ['referrers', referrers, REFERRERS[referrers]],
    ['listing', paging, PAGING[paging]],
  ];
  const checks = known.map(([name, word, text]): Check => ({
    name,
    status: word === 'unproven' ? 'unknown' : 'ok',
    text,
  }));
  return found.tagDeleteLeavesOthers === 'takes-others' ? [TAKES_OTHERS, ...checks] : checks;
}

const TAKES_OTHERS: Check = {
  name: 'single-tags',
  status: 'warn',
  text: 'a DELETE of one tag takes the other tags of its image along, so no tag is deleted by it',
};

const MULTI_TAG: Readonly<Record<RegistryCapabilities['multiTag'], string>> = {
  works: 'several tags are put in one request',
  unsupported: 'each tag is put by a request of its own',
  unproven: 'whether several tags can be put at once shows at the first release that moves three',
};
const REFERRERS: Readonly<Record<RegistryCapabilities['referrers'], string>> = {
  works: 'has the referrers API',
  unsupported: 'has no referrers API: signatures are found by their tags',
  unproven: 'whether it has the referrers API shows in a repository that has an image',
};
const PAGING: Readonly<Record<RegistryCapabilities['paging'], string>> = {
  whole: 'lists all tags at once',
  link: 'lists tags in pages with Link',
  last: 'lists tags in pages without Link',
  unproven: 'how it lists tags in pages shows in a repository that has more than a page of them',
};
