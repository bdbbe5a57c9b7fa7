import type { DistributionOptions } from '../../scripts/distribution-config';
import type { RunningRegistry } from '../../scripts/distribution';
import { SimulatedClock } from '../../src/runtime/clock';
import type { StartRegistry } from '../support/real-registries';
import { type RunningService, type ServiceOptions, startService } from '../support/service';
import { TestRepository } from './test-repository';

export const SECOND = 1_000;
export const DAY = 86_400_000;

/** When the tests begin, as far as Tagward knows. */
export const START = Date.parse('2026-07-01T10:00:00Z');

/** A registry, a Tagward beside it, and a clock that stands still unless it is told. */
export interface Stage {
  readonly clock: SimulatedClock;
  registry(): RunningRegistry;
  service(): RunningService;
  /** A repository that nobody has used. */
  repository(): TestRepository;
  /** Stops the Tagward and starts one with another configuration on a database of its own. */
  restart(options?: StageOptions): Promise<void>;
}

export type StageOptions = Omit<ServiceOptions, 'registryUrl' | 'clock'>;

let repositories = 0;

/** Starts both before the tests of a describe and stops them afterwards. */
export function useStage(
  start: StartRegistry,
  options: StageOptions = {},
  distribution: DistributionOptions = {},
): Stage {
  const clock = new SimulatedClock(START);
  let registry: RunningRegistry | undefined;
  let service: RunningService | undefined;

  const stage: Stage = {
    clock,
    registry: () => present(registry),
    service: () => present(service),
    repository: () => {
      repositories += 1;
      const path = `gallery/r${repositories}`;
      const { client } = stage.service();
      return new TestRepository({ registry: stage.registry(), client, clock, path });
    },
    restart: async (changed = {}) => {
      await end(service);
      service = await startService({ registryUrl: stage.registry().url, clock, ...changed });
    },
  };

  beforeAll(async () => {
    registry = await start({ inMemory: true, ...distribution });
    await stage.restart(options);
  });
  afterAll(() => end(service));
  return stage;
}

async function end(service: RunningService | undefined): Promise<void> {
  await service?.stop();
  service?.config.remove();
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('use the stage in tests and hooks only');
  return value;
}
