import type { DistributionOptions } from '../../scripts/distribution-config';
import { findGivenRegistry } from '../../scripts/registries';
import { realRegistries, TEST_USER } from '../support/real-registries';
import type { StartableTarget } from './startable';
import { type ContractTarget, LOCAL_TUNING } from './target';

const PREFIX = 'tagward-contract/';
const MANY_TAGS = 1_200;
const SOME_TAGS = 250;

interface Variant {
  /** Behind the registry's name; empty for the registry without ado. */
  readonly name: string;
  readonly options: DistributionOptions;
  readonly credentials?: ContractTarget['credentials'];
}

const { username, password, htpasswd } = TEST_USER;
const VARIANTS: readonly Variant[] = [
  { name: '', options: {} },
  { name: ' deletes-off', options: { deletes: false } },
  { name: ' htpasswd', options: { htpasswd }, credentials: { username, password } },
];

/** Every real registry that can be started here, in every variant, and those that cannot. */
export function realTargets(): readonly StartableTarget[] {
  return realRegistries().flatMap((real): readonly StartableTarget[] => {
    if (!real.available) return [{ registry: real.name, available: false, reason: real.reason }];
    return VARIANTS.map(({ name, options, credentials }) => {
      const registry = `${real.name}${name}`;
      return {
        ...{ registry, available: true, essentialOnly: name !== '' },
        start: async () => {
          const { url, stop } = await real.start({ inMemory: true, ...options });
          const common = { registry, url, prefix: PREFIX, manyTags: MANY_TAGS };
          const account = credentials === undefined ? {} : { credentials };
          return { target: { ...common, tuning: LOCAL_TUNING, ...account }, stop };
        },
      };
    });
  });
}

/** The registry of TAGWARD_TEST_REGISTRY, if there is one. */
export function givenTargets(): readonly StartableTarget[] {
  const given = findGivenRegistry();
  if (given === undefined) return [];
  const registry = 'TAGWARD_TEST_REGISTRY';
  const target = { registry, url: given.url, prefix: PREFIX, manyTags: SOME_TAGS };
  return [
    {
      ...{ registry, available: true, essentialOnly: false },
      start: () => Promise.resolve({ target, stop: () => Promise.resolve() }),
    },
  ];
}
