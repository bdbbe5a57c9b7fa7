/* eslint-disable jest/no-export -- no test file: it defines suites for those that import it */
import type { RunningRegistry } from '../../scripts/distribution';
import type { DistributionOptions } from '../../scripts/distribution-config';
import { FakeRegistry } from '../support/fake-registry';
import { PRESETS } from '../support/fake-registry-presets';
import { MisbehavingProxy } from '../support/misbehaving-proxy';
import { describeOnRealRegistries, type StartRegistry } from '../support/real-registries';
import { type Stage, type StageOptions, useStage } from '../tagging/stage';
import { TestRepository } from '../tagging/test-repository';
import { expectNoLeftovers } from './leftovers';

export interface RegistryUnderTest {
  readonly name: string;
  /** Whether it deletes single tags; else only digests, with all of their tags. */
  readonly byTag: boolean;
}

/** Runs a describe on Distribution 2.8, on Distribution 3 and on the rules of zot. */
export function describeOnThreeRegistries(
  title: string,
  body: (start: StartRegistry, registry: RegistryUnderTest) => void,
): void {
  describeOnRealRegistries(title, (start, { name }) => {
    body(start, { name, byTag: name === 'distribution-3' });
  });
  describe(`${title} on the rules of zot`, () => {
    const running: RunningRegistry[] = [];
    const start: StartRegistry = async (options) => {
      const zot = await startZot(options);
      running.push(zot);
      return zot;
    };
    body(start, { name: 'zot', byTag: true });
    afterAll(() => Promise.all(running.map((registry) => registry.stop())));
  });
}

/** In memory: deletes tags, protects the children of indexes, has the referrers API. */
const startZot: StartRegistry = async ({ deletes = true } = {}) => {
  const off = deletes ? {} : ({ tagDelete: 'disabled', digestDelete: 'disabled' } as const);
  const zot = await FakeRegistry.start({ ...PRESETS.zot, ...off });
  return { url: zot.url, version: 'zot in memory', stop: () => zot.stop() };
};

/** A stage of which each test's repository may hold nothing that no window needs at its end. */
export function useCleanStage(
  start: StartRegistry,
  options: StageOptions = {},
  distribution: DistributionOptions = {},
): Stage {
  return checked(useStage(start, options, distribution));
}

/** A stage whose Tagward sees the registry through a proxy, and whose tests see it directly. */
export interface ProxiedStage extends Stage {
  proxy(): MisbehavingProxy;
}

/** The same with a proxy, which behaves again after each test. */
export function useProxiedStage(
  start: StartRegistry,
  options: StageOptions = {},
  distribution: DistributionOptions = {},
): ProxiedStage {
  let registry: RunningRegistry | undefined;
  let proxy: MisbehavingProxy | undefined;
  const startBehindProxy: StartRegistry = async (wanted) => {
    registry = await start(wanted);
    proxy = await MisbehavingProxy.start(registry.url);
    return { ...registry, url: proxy.url };
  };
  const stage = useStage(startBehindProxy, options, distribution);
  afterEach(() => proxy?.behave());
  afterAll(() => proxy?.stop());
  const repository = (): TestRepository => {
    const { client, path } = stage.repository();
    return new TestRepository({ registry: present(registry), client, clock: stage.clock, path });
  };
  return { ...checked({ ...stage, repository }), proxy: () => present(proxy) };
}

function checked(stage: Stage): Stage {
  let last: TestRepository | undefined;
  afterEach(async () => {
    if (last !== undefined) await expectNoLeftovers(last, stage.clock.now());
  });
  const repository = (): TestRepository => {
    last = stage.repository();
    return last;
  };
  return { ...stage, repository };
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('use the stage in tests and hooks only');
  return value;
}
