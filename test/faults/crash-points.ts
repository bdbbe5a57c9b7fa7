import { join } from 'node:path';
import type { Random } from './random';

/** A point inside the service; see crash-inside.cjs. */
export interface CrashPoint {
  readonly at: 'statement' | 'request' | 'reply';
  readonly moment: 'before' | 'after';
  /** A regular expression over the statement, or over method and path of a request. */
  readonly match: string;
  /** Which of them it is; from 1. */
  readonly count: number;
}

/** The environment of a service that can be told to end itself. */
export const CRASHABLE = { NODE_OPTIONS: `--require "${join(__dirname, 'crash-inside.cjs')}"` };

const HOOK = '^POST /webhooks/';
const MOST_STATEMENTS = 60;

type Place = Omit<CrashPoint, 'count'>;

/** Every place between the socket and the end of a delivery that has a name. */
export const CRASH_PLACES = {
  'a webhook was read': { at: 'request', moment: 'after', match: HOOK },
  'a delivery is about to be stored': {
    ...{ at: 'statement', moment: 'before', match: '^insert into deliveries' },
  },
  'a delivery was stored': {
    ...{ at: 'statement', moment: 'after', match: '^insert into deliveries' },
  },
  'an answer is about to be sent': { at: 'reply', moment: 'before', match: HOOK },
  'an answer was sent': { at: 'reply', moment: 'after', match: HOOK },
  'a lease is about to be taken': {
    ...{ at: 'statement', moment: 'before', match: '^insert into leases' },
  },
  'moves are about to be intended': {
    ...{ at: 'statement', moment: 'before', match: '^insert into moves' },
  },
  'moves were intended': { at: 'statement', moment: 'after', match: '^insert into moves' },
  'moves are about to be recorded': {
    ...{ at: 'statement', moment: 'before', match: '^update "?moves' },
  },
  'moves were recorded in an open transaction': {
    ...{ at: 'statement', moment: 'after', match: '^update "?moves' },
  },
  'deliveries are about to be settled': {
    ...{ at: 'statement', moment: 'before', match: '^update "?deliveries' },
  },
  'a commit is about to be made': { at: 'statement', moment: 'before', match: '^commit' },
  'a commit was made': { at: 'statement', moment: 'after', match: '^commit' },
} as const satisfies Readonly<Record<string, Place>>;

export type CrashPlace = keyof typeof CRASH_PLACES;

/** One of the first statements, whatever it is. */
export function anyStatement(random: Random): CrashPoint {
  const moment = random.pick(['before', 'after']);
  return { at: 'statement', moment, match: '', count: 1 + random.below(MOST_STATEMENTS) };
}
