import type { Random } from '../faults/random';

const MIB = 1024 * 1024;
const LEVELS = 20_000;
const BRACKETS: readonly [Pair, ...Pair[]] = [
  ['[', ']'],
  ['{"a":', '}'],
  ['[{"a":', '}]'],
];
type Pair = readonly [string, string];

/** JSON of 20,000 levels, alone or in the place of what a real event has. */
export function deepBody(event: unknown, random: Random): string {
  const [open, close] = random.pick(BRACKETS);
  const deep = open.repeat(LEVELS) + (random.chance(0.8) ? '1' : '') + close.repeat(LEVELS);
  if (random.chance(0.3)) return deep;
  const text = JSON.stringify(event);
  return random.chance(0.5) ? `${text.slice(0, -1)},"deep":${deep}}` : open.repeat(LEVELS);
}

/** From below what a source may send to above it. */
export function hugeBody(event: unknown, isZot: boolean, random: Random): Buffer {
  const most = isZot && random.chance(0.3) ? 8 * MIB : MIB;
  const bytes = Math.floor(most * random.pick([0.5, 0.9, 0.999, 1.001, 1.2]));
  const text = JSON.stringify(event).slice(0, -1);
  const filled = random.pick([longText, manyItems, manyFields, brackets])(bytes - text.length - 20);
  return Buffer.from(random.chance(0.9) ? `${text},"more":${filled}}` : filled);
}

function longText(bytes: number): string {
  return `"${'\\u001b'.repeat(Math.floor(bytes / 6))}"`;
}

function manyItems(bytes: number): string {
  return `[${'{},'.repeat(Math.floor(bytes / 3))}0]`;
}

function manyFields(bytes: number): string {
  const fields = Array.from({ length: Math.floor(bytes / 12) }, (_, at) => `"k${at}":0`);
  return `{${fields
    .join(',')
    .slice(0, bytes)
    .replace(/,[^,]*$/, '')}}`;
}

/** Text that is no JSON until its last byte. */
function brackets(bytes: number): string {
  return '[],'.repeat(Math.floor(bytes / 3));
}
