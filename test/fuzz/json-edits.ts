import type { Random } from '../faults/random';
import { hostileJson, hostileText } from './hostile';

/** A field of an object or an item of a list, as JSON text. */
interface Member {
  /** With its quotes; undefined in a list and for the whole. */
  readonly key?: string;
  readonly value: string;
}

/** What becomes of one member: nothing, itself in another way, or more than itself. */
type Edit = (member: Member) => readonly Member[];

/**
 * A value as JSON text with one to three of its places changed: fields left out, doubled, renamed, of
 * another type or with hostile values. On the level of text, since half of that is in no value.
 */
export function editedJson(value: unknown, random: Random): string {
  const places = placesIn(value);
  const edits = new Map<number, Edit>();
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    edits.set(random.below(places), editOf(random));
  }
  let place = 0;
  const write = (key: string | undefined, child: unknown): string => {
    const edit = edits.get(place);
    place += 1;
    const value = textOf(child, write);
    const member = key === undefined ? { value } : { key, value };
    return (edit?.(member) ?? [member]).map(memberText).join(',');
  };
  return write(undefined, value);
}

function textOf(
  value: unknown,
  write: (key: string | undefined, child: unknown) => string,
): string {
  if (Array.isArray(value)) return `[${joined(value.map((child) => write(undefined, child)))}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  return `{${joined(entries.map(([key, child]) => write(JSON.stringify(key), child)))}}`;
}

/** Without what was left out. */
function joined(members: readonly string[]): string {
  return members.filter((text) => text !== '').join(',');
}

function memberText({ key, value }: Member): string {
  return key === undefined ? value : `${key}:${value}`;
}

function placesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const children: readonly unknown[] = Object.values(value);
  return children.reduce<number>((sum, child) => sum + placesIn(child), 1);
}

function editOf(random: Random): Edit {
  const value = hostileJson(random);
  const name = JSON.stringify(hostileText(random));
  const edits: readonly [Edit, ...Edit[]] = [
    (member) => [{ ...member, value }],
    (member) => [{ ...member, value }],
    () => [],
    (member) => [member, { ...member, value }],
    (member) => [{ ...member, value }, member],
    (member) => (member.key === undefined ? [member, member] : [{ ...member, key: name }]),
    (member) => (member.key === undefined ? [] : [member, { key: name, value }]),
    (member) => [{ ...member, value: `[${member.value}]` }],
    (member) => [{ ...member, value: `{${name}:${member.value}}` }],
    (member) => [{ ...member, value: JSON.stringify(member.value) }],
    (member) => [{ ...member, value: member.value.replace(/^"|"$/g, '') }],
    (member) => [{ ...member, value: longer(member.value, name) }],
  ];
  return random.pick(edits);
}

/** A text with another one behind it; anything else as it is. */
function longer(value: string, name: string): string {
  return value.startsWith('"') ? value.slice(0, -1) + name.slice(1) : value;
}
