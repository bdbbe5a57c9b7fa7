import { parseTagName } from '../src/core/names';
import { planMoves } from '../src/core/plan';
import { usedHeap } from './garbage';
import { generateTags, planInputOf, toReleases } from './generated-releases';
import type { BenchOptions } from './options';
import { medianOf } from './statistics';
import { fixed, mebibytes, printTable, times } from './table';

const SIZES = [1_000, 10_000, 100_000] as const;
const NS_PER_MS = 1e6;
const ONE_RELEASE = new Set(['1.0', '1', 'latest'].map(parseTagName));

interface PlannerTimes {
  readonly size: number;
  readonly decisions: number;
  /** Milliseconds. */
  readonly all: number;
  readonly withParsing: number;
  readonly threeTags: number;
  /** Bytes that the releases with their versions and states hold. */
  readonly heap: number;
}

/** The pure decision: all moving tags of one repository from all of its releases. */
export function benchPlanner({ quick }: BenchOptions): Promise<void> {
  const rounds = quick ? 5 : 15;
  console.log(`${rounds} rounds after a warm-up, medians, in this process`);
  // The first is thrown away: it is slow because nothing is compiled yet.
  const [, ...measured] = [SIZES[1], ...SIZES].map((size) => measure(size, rounds));
  printTimes(measured);
  return Promise.resolve();
}

function measure(size: number, rounds: number): PlannerTimes {
  const tags = generateTags(size);
  const heapBefore = usedHeap();
  const input = planInputOf(toReleases(tags));
  const heap = usedHeap() - heapBefore;
  const plan = { all: () => planMoves(input).length };
  return {
    size,
    heap,
    decisions: plan.all(),
    all: timeOf(rounds, plan.all),
    withParsing: timeOf(rounds, () => planMoves({ ...input, releases: toReleases(tags) })),
    threeTags: timeOf(rounds, () => planMoves({ ...input, tags: ONE_RELEASE })),
  };
}

function timeOf(rounds: number, work: () => unknown): number {
  const samples = Array.from({ length: rounds }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return medianOf(samples);
}

function printTimes(measured: readonly PlannerTimes[]): void {
  const rows = measured.map((own, index) => {
    const before = measured[index - 1];
    const growth = own.all / (before?.all ?? NaN);
    return [
      ...[own.size.toLocaleString('en'), String(own.decisions), fixed(own.all, 2)],
      ...[fixed((own.all * NS_PER_MS) / own.size, 0), times(growth)],
      ...[fixed(own.withParsing, 2), fixed((own.withParsing * NS_PER_MS) / own.size, 0)],
      ...[fixed(own.threeTags, 2), mebibytes(own.heap)],
    ];
  });
  const plan = ['releases', 'moving tags', 'plan ms', 'ns/release', 'growth'];
  printTable([[...plan, 'with parsing ms', 'ns/release', '3 tags only ms', 'MiB held'], ...rows]);
}
