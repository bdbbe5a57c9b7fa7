import { DAY, type Stage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';

/** The digests of fixture R of the reference, by their letters. */
export type Digests = Readonly<Record<(typeof EVENTS)[number]['letter'], string>>;

export interface FixtureR {
  readonly repository: TestRepository;
  readonly digests: Digests;
}

const SECOND = 1_000;

/** Oldest first; what is no release is not announced, and found by a sweep. */
const EVENTS = [
  { tag: '1.4.0', letter: 'A', age: 200, kind: 'release' },
  { tag: '1.4.1', letter: 'B', age: 190, kind: 'release' },
  { tag: '1.4.2', letter: 'C', age: 180, kind: 'release' },
  { tag: '1.5.0', letter: 'D', age: 100, kind: 'release' },
  { tag: 'nightly', letter: 'L', age: 90, kind: 'other' },
  { tag: 'sha-bbb', letter: 'J', age: 60, kind: 'other' },
  { tag: '1.5.1', letter: 'E', age: 40, kind: 'release' },
  { tag: '2.0.0-rc.1', letter: 'F', age: 35, kind: 'release' },
  { tag: '2.0.0-rc.2', letter: 'G', age: 32, kind: 'release' },
  { tag: '2.0.0', letter: 'H', age: 30, kind: 'release' },
  { tag: 'pr-17', letter: 'K', age: 20, kind: 'other' },
  { tag: '2.0.1', letter: 'I', age: 5, kind: 'release' },
] as const;

/** Lives through the 200 days of fixture R (section 4 of the reference); it is T afterwards. */
export async function withFixtureR({
  clock,
  repository: fresh,
}: Pick<Stage, 'clock' | 'repository'>): Promise<FixtureR> {
  const repository = fresh();
  const end = clock.now() + 201 * DAY;
  const digests: Record<string, string> = {};
  for (const { tag, letter, age, kind } of EVENTS) {
    digests[letter] = await repository.push(tag);
    // A sweep takes a second.
    clock.set(end - age * DAY - SECOND);
    if (kind === 'other') await repository.reconcile();
    else {
      clock.advance(SECOND);
      await repository.announce(tag);
    }
  }
  await repository.retag('sha-aaa', '2.0.1');
  clock.set(end - 5 * DAY);
  await repository.reconcile();
  clock.set(end);
  return { repository, digests: digests as Digests };
}
