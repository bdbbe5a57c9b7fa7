import { DAY, START, type Stage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';

/** When each release of the months came out. */
export const TIMES = {
  '2.1.106': START + 2 * DAY,
  '2.1.114': START + 37 * DAY,
  '2.2.11': START + 65 * DAY,
  '3.0.42': START + 93 * DAY,
  '2.1.115': START + 111 * DAY,
} as const;

/** Lets four months of releases pass in a fresh repository. */
export async function liveThroughMonths({ clock, repository }: Stage): Promise<TestRepository> {
  const fresh = repository();
  for (const [tag, time] of Object.entries(TIMES)) {
    clock.set(time);
    await fresh.publish(tag);
  }
  clock.set(START + 120 * DAY);
  return fresh;
}

export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
