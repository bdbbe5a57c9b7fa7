import type { RunningRegistry } from '../scripts/distribution';
import { startDistribution } from '../scripts/distribution';
import { installTestRegistries } from '../scripts/registries';
import { MisbehavingProxy } from '../test/support/misbehaving-proxy';
import { writeTestConfig } from '../test/support/test-config';
import { MeasuredService } from './measured-service';
import type { BenchOptions } from './options';
import { type PruneContender, tagward, tagwardWithPlan, tool } from './prune-contenders';
import { DOOMED, PruneRepositories, TAGS } from './prune-repositories';
import { describeRegistry } from './registry';
import { medianOf } from './statistics';
import { fixed, printTable, times } from './table';

const BASELINE = 'regctl tag delete';
const RUN = 'Tagward, the run of a plan';
/** Of regctl's time, at most. */
const MARKS: Readonly<Record<string, number>> = { 'distribution-2.8': 0.1, 'distribution-3': 1 };
const NO_TAG_DELETE = 'this registry deletes digests only';
const POLICY = [
  'policies:',
  '  builds:',
  // What can be restored has a restore tag, which nobody else writes; without a window the tags
  // of Distribution 2.8 would go by their digests.
  '    delete: { restoreWindow: 14d }',
  '    rules:',
  '      - { class: build, match: ["sha-*"], keep: { any: [ { newest: 0 } ] } }',
];

interface Measured {
  readonly ms: readonly number[];
  readonly requests: number;
}

/** Prunes the same tags by Tagward and by other tools, on every Distribution that is here. */
export async function benchRetentionPruning({ quick }: BenchOptions): Promise<void> {
  for (const found of await installTestRegistries()) {
    if (!found.available) {
      console.log(`${found.name}: skipped, ${found.reason}`);
      continue;
    }
    const registry = await startDistribution(found.program, { inMemory: true });
    try {
      console.log(`${found.name}: ${describeRegistry(registry)}, ${DOOMED} of ${TAGS} tags`);
      await benchOn(found.name, registry, quick ? 1 : 3);
    } finally {
      await registry.stop();
    }
  }
}

async function benchOn(name: string, registry: RunningRegistry, rounds: number): Promise<void> {
  const repositories = await PruneRepositories.fill(registry);
  const timed = await measure(name, registry.url, async (contenders) => {
    // The first one proves what the registry can do, and nothing is compiled yet: it is thrown away.
    for (const contender of contenders.slice(0, 1)) await timeOf(contender, repositories);
    const ms = new Map<string, number[]>();
    for (let round = 0; round < rounds; round += 1) {
      for (const contender of contenders) {
        const took = await timeOf(contender, repositories);
        ms.set(contender.name, [...(ms.get(contender.name) ?? []), took]);
      }
    }
    return ms;
  });
  // Once more, through a proxy that counts; what it costs is in no time.
  const proxy = await MisbehavingProxy.start(registry.url);
  const counted = await measure(name, proxy.url, (contenders) =>
    countRequests(contenders, repositories, proxy),
  );
  await proxy.stop();
  const measured = Array.from(timed, ([contender, ms]): readonly [string, Measured] => [
    contender,
    { ms, requests: counted.get(contender) ?? NaN },
  ]);
  report(name, new Map(measured));
}

async function measure<Result>(
  name: string,
  url: string,
  work: (contenders: readonly PruneContender[]) => Promise<Result>,
): Promise<Result> {
  const rules = ['retention: { policy: builds }'];
  const config = writeTestConfig({ registryUrl: url, rules, retention: POLICY });
  const service = await MeasuredService.start(url, config);
  try {
    const all = contendersOn(name, url, service);
    for (const { name: who, skipped } of all) {
      if (skipped !== undefined) console.log(`${who}: skipped, ${skipped}`);
    }
    return await work(all.filter(({ skipped }) => skipped === undefined));
  } finally {
    await service.remove();
  }
}

function contendersOn(
  name: string,
  url: string,
  { client }: MeasuredService,
): readonly PruneContender[] {
  const { host } = new URL(url);
  const unable = name === 'distribution-2.8' ? { unable: NO_TAG_DELETE } : {};
  return [
    tagward(client),
    tagwardWithPlan(client),
    tool('regctl', { host }),
    tool('crane', { host, ...unable }),
  ];
}

/** Milliseconds. */
async function timeOf(contender: PruneContender, repositories: PruneRepositories): Promise<number> {
  const path = await repositories.next();
  await contender.prepare(path);
  const start = performance.now();
  await contender.prune(path);
  const ms = performance.now() - start;
  repositories.expectPruned(path);
  return ms;
}

async function countRequests(
  contenders: readonly PruneContender[],
  repositories: PruneRepositories,
  proxy: MisbehavingProxy,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const contender of contenders) {
    const path = await repositories.next();
    await contender.prepare(path);
    proxy.forgetRequests();
    await contender.prune(path);
    counts.set(contender.name, proxy.requests.length);
    repositories.expectPruned(path);
  }
  return counts;
}

function report(name: string, measured: ReadonlyMap<string, Measured>): void {
  const baseline = medianOf(measured.get(BASELINE)?.ms ?? []);
  const rows = Array.from(measured, ([contender, { ms, requests }]) => [
    contender,
    fixed(medianOf(ms), 0),
    fixed(medianOf(ms) / DOOMED),
    fixed(requests / DOOMED),
    times(medianOf(ms) / baseline),
  ]);
  printTable([[name, 'ms', 'ms/tag', 'requests/tag', 'of regctl'], ...rows]);
  const ratio = medianOf(measured.get(RUN)?.ms ?? []) / baseline;
  const mark = MARKS[name] ?? NaN;
  const verdict = Number.isNaN(ratio) ? 'not measured' : ratio <= mark ? 'met' : 'MISSED';
  console.log(`a run on ${name}, of regctl: ${times(ratio)}, ${verdict} (at most ${mark}x)`);
}
