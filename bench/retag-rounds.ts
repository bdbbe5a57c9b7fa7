import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Child } from './child';
import { releaseTagOf, repositoryOf, type RetagCase } from './retag-cases';
import type { RetagContender, RetagName } from './retag-contenders';
import type { Releases } from './retag-releases';

/** Command line tools take part in every so many rounds. */
const TOOLS_EVERY = 10;
/** Before what is measured, so that nobody pays for what the one before left behind. */
const QUIET_MS = 3;
const NS_PER_MS = 1e6;

const Seen = z.object({ seen: z.bigint() });

/** Milliseconds by round. */
export type RetagTimes = ReadonlyMap<RetagName, Map<number, number>>;

export interface RetagPlace {
  readonly releases: Releases;
  readonly storageDir: string;
  readonly watcher: Child;
}

export interface RetagPlan {
  readonly what: RetagCase;
  readonly rounds: number;
  /** Rounds that are not counted, without command line tools: compilers have to have seen the code. */
  readonly warmUp: number;
}

/** In each round every contender moves the tags of its own repository to one new release. */
export async function runRetags(
  contenders: readonly RetagContender[],
  place: RetagPlace,
  { what, rounds, warmUp }: RetagPlan,
): Promise<RetagTimes> {
  const times = new Map(contenders.map(({ id }) => [id, new Map<number, number>()]));
  const callable = contenders.filter(({ kind }) => kind !== 'tool');
  for (let round = -warmUp; round < rounds; round += 1) {
    const all = round >= 0 && round % TOOLS_EVERY === 0;
    for (const contender of rotate(all ? contenders : callable, round + warmUp)) {
      const ms = await retagOnce(contender, place, what, 1 + round + warmUp);
      if (round >= 0) times.get(contender.id)?.set(round, ms);
    }
  }
  return times;
}

async function retagOnce(
  contender: RetagContender,
  { releases, storageDir, watcher }: RetagPlace,
  what: RetagCase,
  patch: number,
): Promise<number> {
  const repository = repositoryOf(contender.id, what);
  const release = releaseTagOf(what, patch);
  const { tags } = what;
  const digest = await releases.push(repository, release);
  const seeing =
    contender.kind === 'called'
      ? undefined
      : watcher.ask({ storageDir, repository, digest, tags: [...tags] }, Seen);
  await pause(QUIET_MS);
  const start = process.hrtime.bigint();
  await contender.retag({ repository, release, tags });
  const end = seeing === undefined ? process.hrtime.bigint() : (await seeing).seen;
  await contender.settle();
  await releases.expectAll(repository, tags, digest);
  return Number(end - start) / NS_PER_MS;
}

/** Whoever comes first in a round is another one each time. */
function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
