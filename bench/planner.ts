import { parse, rcompare } from 'semver';
import { type TagName } from '../src/core/names';
import { OwnerIndex } from '../src/core/owners';
import { planMoves } from '../src/core/plan';
import type { Release } from '../src/core/release';
import { examineReleases } from '../src/core/release-set';
import { usedHeap } from './garbage';
import {
  BENCH_RULES,
  generateTags,
  planInputOf,
  readReleases,
  toReleases,
} from './generated-releases';
import type { BenchOptions } from './options';
import { medianOf } from './statistics';
import { fixed, mebibytes, printTable, times } from './table';

const SIZES = [1_000, 10_000, 100_000] as const;
const NS_PER_MS = 1e6;
/** Single releases that are added in one sample. */
const ADDED = 100;

interface PlannerTimes {
  readonly size: number;
  readonly decisions: number;
  /** Milliseconds. */
  readonly plan: number;
  readonly withParsing: number;
  /** Reading and sorting the same tags with the library `semver`. */
  readonly semver: number;
  /** One release more, on a known set. */
  readonly oneMore: number;
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
  const releases = toReleases(tags);
  const input = planInputOf(releases);
  const heap = usedHeap() - heapBefore;
  const digests = releases.map(({ digest }) => digest);
  return {
    size,
    heap,
    decisions: planMoves(input).length,
    plan: timeOf(rounds, () => planMoves(input)),
    withParsing: timeOf(rounds, () =>
      planMoves({ ...input, releases: readReleases(tags, digests) }),
    ),
    semver: timeOf(rounds, () => sortWithSemver(tags)),
    oneMore: timeOfOneMore(releases, rounds),
  };
}

/** Reads and sorts the tags with the library `semver`; those that it cannot read are left out. */
export function sortWithSemver(tags: readonly TagName[]): unknown {
  const versions = tags.flatMap((tag) => parse(tag) ?? []);
  return versions.sort(rcompare);
}

/** The index stands; what one more release costs is what its own lines cost. */
function timeOfOneMore(releases: readonly Release[], rounds: number): number {
  const index = new OwnerIndex(examineReleases(releases, BENCH_RULES), BENCH_RULES, 0);
  const more = releases.slice(0, ADDED);
  return timeOf(rounds, () => more.map((release) => index.add(release))) / ADDED;
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
    const growth = own.plan / (before?.plan ?? NaN);
    return [
      ...[own.size.toLocaleString('en'), String(own.decisions), fixed(own.plan, 2)],
      ...[fixed((own.plan * NS_PER_MS) / own.size, 0), times(growth)],
      ...[fixed(own.withParsing, 2), fixed(own.semver, 2), times(own.withParsing / own.semver)],
      ...[fixed(own.oneMore, 4), mebibytes(own.heap)],
    ];
  });
  const plan = ['releases', 'moving tags', 'plan ms', 'ns/release', 'growth'];
  const more = ['parse + plan ms', 'semver ms', 'of semver', 'one more ms', 'MiB held'];
  printTable([[...plan, ...more], ...rows]);
}
