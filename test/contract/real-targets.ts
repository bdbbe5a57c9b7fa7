import { findGivenRegistry } from '../../scripts/registries';
import { startableVariants, type StartableVariant } from '../../scripts/registry-variants';
import { realRegistries } from '../support/real-registries';
import type { StartableTarget, StartedTarget } from './startable';
import { type ContractTarget, LOCAL_TUNING } from './target';

const PREFIX = 'tagward-contract/';
const MANY_TAGS = 1_200;
const SOME_TAGS = 250;

/** Every real registry that can be started here, in every variant, and those that cannot. */
export function realTargets(): readonly StartableTarget[] {
  return [...startableVariants().map(variantTarget), ...deletesOffTargets()];
}

function variantTarget(one: StartableVariant): StartableTarget {
  const isPlain = one.variant === 'plain';
  const registry = isPlain ? one.registry : `${one.registry} ${one.variant}`;
  if (!one.available) return { registry, available: false, reason: one.reason };
  return {
    ...{ registry, available: true, essentialOnly: !isPlain },
    start: async () => {
      const { stop, version: _version, ...access } = await one.start();
      return { target: { ...localTarget(registry), ...access }, stop };
    },
  };
}

function deletesOffTargets(): readonly StartableTarget[] {
  return realRegistries().flatMap((real): readonly StartableTarget[] => {
    if (!real.available) return [];
    const registry = `${real.name} deletes-off`;
    const start = async (): Promise<StartedTarget> => {
      const { url, stop } = await real.start({ inMemory: true, deletes: false });
      return { target: { ...localTarget(registry), url }, stop };
    };
    return [{ registry, available: true, essentialOnly: true, start }];
  });
}

function localTarget(registry: string): Omit<ContractTarget, 'url'> {
  return { registry, prefix: PREFIX, manyTags: MANY_TAGS, tuning: LOCAL_TUNING };
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
