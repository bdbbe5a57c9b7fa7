import { FakeRegistry, type FakeRegistryOptions } from '../support/fake-registry';
import { PRESETS } from '../support/fake-registry-presets';
import { createAuthority } from '../support/tls-certificates';
import type { AvailableTarget, StartableTarget, StartedTarget } from './startable';
import { type ContractTarget, LOCAL_TUNING } from './target';

const ACCOUNT = { username: 'ci', password: 'test-password' } as const;
/** What the names of presets begin with. */
export const IN_MEMORY = 'in-memory ';
const PREFIX = 'tagward-contract/';
/** More than a page of those that page. */
const MANY_TAGS = 1_200;
const SOME_TAGS = 101;

/** The ways of servers one by one, each on an otherwise simple registry. */
const MODES: Readonly<Record<string, FakeRegistryOptions>> = {
  'multi-tag joined': { multiTag: 'joined' },
  'multi-tag partial': { multiTag: 'partial' },
  'multi-tag refused': { multiTag: 'refused' },
  'multi-tag 414 over 2': { multiTag: 'works', multiTagCap: 2 },
  'multi-tag 431 over 10': { multiTag: 'works', multiTagCap: 10, multiTagCapStatus: 431 },
  'immutable 409': { immutableTags: 409 },
  'immutable 412': { immutableTags: 412, multiTag: 'works' },
  'children 405': { digestDelete: 'protects-children' },
  'children 412': { digestDelete: 'protects-children-412' },
  'tags first': { digestDelete: 'dangling-tag' },
  'last tag takes the image': { lastTagTakesImage: true },
  'protected 403': { tagDelete: 'protected-403', digestDelete: 'denied' },
  'protected 409': { tagDelete: 'protected-409', digestDelete: 'disabled' },
  'deletes off': { tagDelete: 'disabled', digestDelete: 'disabled' },
  'no right to delete': { tagDelete: 'denied', digestDelete: 'denied' },
  'absolute Link': { paging: 'link-absolute', pageSize: 50 },
  'unquoted Link': { paging: 'link-unquoted', pageSize: 50 },
  'empty last page': { paging: 'link', pageSize: 40, emptyLastPage: true },
  'pages without Link': { paging: 'none', pageSize: 100 },
  'null tags': { nullTags: true, unknownRepository: 'empty' },
  'no digest header': { digestHeader: 'missing', indexNeedsAccept: false },
  're-PUT race': { rePutWindowMs: 3 },
  '429 without a word': { rateLimit: { every: 25, form: 'none', seconds: 0 } },
  'HTML errors': { errorBodies: 'html', unknownRepository: 'empty' },
};

/** What is about every request alike: the essential cases show it. */
const DOORS: Readonly<Record<string, FakeRegistryOptions>> = {
  '429 in seconds': { rateLimit: { every: 25, form: 'seconds', seconds: 0 } },
  '429 by date': { rateLimit: { every: 25, form: 'date', seconds: 0 } },
  '429 by X-Retry-After': { rateLimit: { every: 25, form: 'x-retry-after', seconds: 0 } },
  warnings: { warning: 'this registry moves next week' },
  'empty errors': { errorBodies: 'empty', unknownRepository: 'empty' },
  'base path': { basePath: '/artifactory/api/docker' },
  Basic: { auth: { kind: 'basic', ...ACCOUNT } },
  Bearer: { auth: { kind: 'bearer', ...ACCOUNT } },
  'Bearer and Basic': { auth: { kind: 'bearer', ...ACCOUNT, offersBasic: true } },
  'anonymous tokens': { auth: { kind: 'bearer' } },
  'no token for deletes': {
    auth: { kind: 'bearer', ...ACCOUNT, refusesScope: (scope) => /delete|[*]/.test(scope) },
  },
  'deletes with a token for all': {
    auth: { kind: 'bearer', ...ACCOUNT, refusesScope: (scope) => scope.includes('delete') },
  },
};

/** The in-memory registry as each product is described: the whole contract. */
export function presetTargets(): readonly StartableTarget[] {
  return Object.entries(PRESETS).map(([name, preset]) =>
    fakeTarget(IN_MEMORY + name, preset, { manyTags: MANY_TAGS }),
  );
}

/** The in-memory registry with each single way of servers. */
export function modeTargets(): readonly StartableTarget[] {
  const modes = Object.entries(MODES).map(([name, options]) => modeTarget(name, options));
  const doors = Object.entries(DOORS).map(([name, options]) => ({
    ...modeTarget(name, options),
    essentialOnly: true,
  }));
  return [...modes, ...doors, tlsTarget()];
}

function modeTarget(name: string, options: FakeRegistryOptions): AvailableTarget {
  return fakeTarget(`in-memory, ${name}`, options, { manyTags: SOME_TAGS });
}

function tlsTarget(): StartableTarget {
  const made = createAuthority();
  const registry = 'in-memory, TLS';
  if (!made.available) return { registry, available: false, reason: made.reason };
  const { authority } = made;
  const more = { manyTags: SOME_TAGS, ca: authority.ca };
  return { ...fakeTarget(registry, { tls: authority }, more), essentialOnly: true };
}

function fakeTarget(
  registry: string,
  options: FakeRegistryOptions,
  more: Pick<ContractTarget, 'manyTags' | 'ca'>,
): AvailableTarget {
  const { auth } = options;
  const needsAccount = auth?.kind === 'basic' || (auth?.kind === 'bearer' && 'username' in auth);
  const start = async (): Promise<StartedTarget> => {
    const fake = await FakeRegistry.start(options);
    const target = {
      ...{ registry, url: fake.url, prefix: PREFIX, tuning: LOCAL_TUNING, ...more },
      ...(needsAccount ? { credentials: ACCOUNT } : {}),
      ...(auth?.kind === 'bearer' ? { tokenRequests: () => fake.tokenRequests.length } : {}),
    };
    return { target, stop: () => fake.stop() };
  };
  return { registry, available: true, essentialOnly: false, start };
}
