/** What a list of measured values looks like. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly least: number;
}

/** Summarises values in any order; no values give NaN. */
export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((left, right) => left - right);
  return {
    count: sorted.length,
    median: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    least: sorted[0] ?? NaN,
  };
}

export function medianOf(values: readonly number[]): number {
  return summarise(values).median;
}

/** Median of left/right, round by round: what the machine does to a whole round cancels out. */
export function medianRatio(left: readonly number[], right: readonly number[]): number {
  return medianOf(left.map((value, round) => value / (right[round] ?? NaN)));
}

/** By linear interpolation. The values are sorted. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place % 1);
}
