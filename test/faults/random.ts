/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 to below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True so often, from 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  shuffle<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, place: this.next() }))
      .sort((left, right) => left.place - right.place)
      .map(({ item }) => item);
  }

  pick<const Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }
}

const SHORT_FORM = 20;
const ROUND_MS = 30_000;

export interface FaultRounds {
  /** On the fake registry, which is always there. */
  readonly fake: number;
  /** On each of the two real ones. */
  readonly real: number;
  /** More than any test of so many rounds takes. */
  readonly longestMs: number;
}

/** How many kills TAGWARD_FAULT_ROUNDS asks for: half on the fake registry, half on real ones. */
export function faultRounds(): FaultRounds {
  const rounds = Number(process.env['TAGWARD_FAULT_ROUNDS'] ?? SHORT_FORM);
  const real = Math.floor(rounds / 4);
  return { fake: rounds - 2 * real, real, longestMs: rounds * ROUND_MS };
}

/** TAGWARD_FAULT_SEED, or another one each time; printed, so that a run can be repeated. */
export function faultSeed(): number {
  const given = process.env['TAGWARD_FAULT_SEED'];
  const seed = given === undefined ? Date.now() % 2 ** 31 : Number(given);
  process.stderr.write(`TAGWARD_FAULT_SEED=${seed}\n`);
  return seed;
}
