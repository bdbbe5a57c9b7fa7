import type { Reason } from './decision';
import type { TagName } from './names';

/** A frozen moving tag (rule H1): nothing moves or deletes it. */
export interface Hold {
  readonly tag: TagName;
  /** Who set it. */
  readonly by: string;
  readonly reason: string;
  /** UTC milliseconds; null holds until it is released. */
  readonly expiresAt: number | null;
}

export type Holds = ReadonlyMap<TagName, Hold>;

/** Whether a hold is in force at a time. */
export function isInForce({ expiresAt }: Pick<Hold, 'expiresAt'>, now: number): boolean {
  return expiresAt === null || expiresAt > now;
}

export function describeHold({ by, reason, expiresAt }: Hold): Reason<'held'> {
  const until = expiresAt === null ? '' : ` until ${new Date(expiresAt).toISOString()}`;
  return { code: 'held', text: `kept: held by ${by}${until}: ${reason}` };
}
