import type { Contender } from './release-contenders';
import type { ReleaseTimes } from './release-rounds';
import { medianRatio, summarise } from './statistics';
import { fixed, printTable, times } from './table';

const REFERENCE = 'raw loop';

/** Prints how long each contender took, and the ones that did not take part with the reason. */
export function printReleases(
  contenders: readonly Contender[],
  measured: ReadonlyMap<string, ReleaseTimes>,
): void {
  const reference = measured.get(REFERENCE)?.live ?? [];
  const rows = contenders.flatMap((contender) => {
    const own = measured.get(contender.name);
    return own === undefined ? [] : [rowOf(contender.name, own, reference)];
  });
  const head = ['3 moving tags, ms', 'live: median', 'p99', 'least', 'said: median', 'vs raw'];
  printTable([head, ...rows]);
  for (const { name, skipped } of contenders) {
    if (skipped !== undefined) console.log(`skipped: ${name} (${skipped})`);
  }
}

function rowOf(name: string, { live, said }: ReleaseTimes, reference: readonly number[]): string[] {
  const all = summarise(live);
  const saidMedian = summarise(said).median;
  const ms = [all.median, all.p99, all.least, saidMedian].map((value) => fixed(value));
  return [name, ...ms, times(medianRatio(live, reference))];
}
