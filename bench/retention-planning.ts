import { z } from 'zod';
import { Child } from './child';
import { printLoad } from './machine';
import type { BenchOptions } from './options';
import { fixed, printTable, times } from './table';

const SIZES = [10_000, 100_000, 1_000_000] as const;
const US_PER_MS = 1e3;
/** Time per tag at the largest size, of that at the smallest; and time of the baseline's. */
const GROWTH_AT_MOST = 2;
const BASELINE_AT_MOST = 4;

const Measured = z.object({
  tags: z.number(),
  deletions: z.number(),
  /** Milliseconds, medians. */
  plan: z.number(),
  semver: z.number(),
});
type Measured = z.infer<typeof Measured>;

/** The pure decision about every tag of one repository, beside reading and sorting the tags. */
export async function benchRetentionPlanning({ quick }: BenchOptions): Promise<void> {
  const measured: Measured[] = [];
  for (const count of quick ? SIZES.slice(0, 2) : SIZES) {
    measured.push(await measureAlone(count, roundsOf(count, quick)));
  }
  printPlanning(measured);
  printVerdicts(measured);
  printLoad('after planning');
}

function roundsOf(count: number, quick: boolean): number {
  if (count === 1_000_000) return 5;
  return quick ? 7 : 15;
}

async function measureAlone(count: number, rounds: number): Promise<Measured> {
  const child = new Child('retention-evaluation');
  try {
    return await child.ask({ count, rounds }, Measured);
  } finally {
    await child.stop();
  }
}

function usPerTag({ plan, tags }: Measured): number {
  return (plan * US_PER_MS) / tags;
}

function printPlanning(measured: readonly Measured[]): void {
  const rows = measured.map((own, index) => {
    const before = measured[index - 1];
    const growth = own.plan / (before?.plan ?? NaN);
    return [
      ...[own.tags.toLocaleString('en'), own.deletions.toLocaleString('en')],
      ...[fixed(own.plan), fixed(usPerTag(own), 2), times(growth)],
      ...[fixed(own.semver), times(own.plan / own.semver)],
    ];
  });
  const head = ['tags', 'deletions', 'plan ms', 'us/tag', 'growth', 'semver ms', 'of semver'];
  printTable([head, ...rows]);
}

function printVerdicts(measured: readonly Measured[]): void {
  const [first, last] = [measured[0], measured.at(-1)];
  if (first === undefined || last === undefined) return;
  const growth = usPerTag(last) / usPerTag(first);
  const ratio = Math.max(...measured.map(({ plan, semver }) => plan / semver));
  const sizes = `${last.tags.toLocaleString('en')} tags, of that at ${first.tags.toLocaleString('en')}`;
  console.log(`time per tag at ${sizes}: ${times(growth)}, ${verdict(growth, GROWTH_AT_MOST)}`);
  console.log(
    `of parsing and sorting, at most: ${times(ratio)}, ${verdict(ratio, BASELINE_AT_MOST)}`,
  );
}

function verdict(value: number, most: number): string {
  return `${value <= most ? 'met' : 'MISSED'} (at most ${most}x)`;
}
