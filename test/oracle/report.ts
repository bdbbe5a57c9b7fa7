import type { ReplayResult } from './replay';

type Counts = Omit<ReplayResult, 'differences' | 'collidingTags'>;

/** One JSON line without the lists. */
export function toJsonLine(result: ReplayResult): string {
  return JSON.stringify(countsOf(result));
}

function countsOf(result: ReplayResult): Counts {
  const { image, changes, reproduced, wrongOwner, missed, collisions, backward } = result;
  return { image, changes, reproduced, wrongOwner, missed, collisions, backward };
}

export function totalOf(results: readonly ReplayResult[]): ReplayResult {
  const sum = (key: Exclude<keyof Counts, 'image'>): number =>
    results.reduce((total, result) => total + result[key], 0);
  return {
    image: 'total',
    ...{ changes: sum('changes'), reproduced: sum('reproduced'), wrongOwner: sum('wrongOwner') },
    ...{ missed: sum('missed'), collisions: sum('collisions'), backward: sum('backward') },
    ...{ differences: [], collidingTags: [] },
  };
}

/** Reproduced changes among those that no collision makes impossible, in per cent. */
export function shareOf({ changes, reproduced, collisions }: Counts): number {
  return changes === collisions ? 100 : (reproduced / (changes - collisions)) * 100;
}

/** A table for people. */
export function toTable(results: readonly ReplayResult[]): string {
  const head = ['image', 'changes', 'reproduced', 'share', 'wrong', 'missed', 'collisions', 'back'];
  const rows = [...results, totalOf(results)].map((result) => [
    ...[result.image, String(result.changes), String(result.reproduced)],
    ...[`${shareOf(result).toFixed(2)} %`, String(result.wrongOwner), String(result.missed)],
    ...[String(result.collisions), String(result.backward)],
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  '))
    .join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
