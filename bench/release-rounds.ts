import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { pushImage } from '../scripts/push-image';
import type { Child } from './child';
import { type Contender, MOVING_TAGS } from './release-contenders';

const WARM_UP = 5;
/** Between two contenders, so that nobody pays for what the one before left behind. */
const QUIET_MS = 15;
const NS_PER_MS = 1e6;

const Seen = z.object({ seen: z.bigint() });

/** Milliseconds, one value a round. */
export interface ReleaseTimes {
  /** From the start until the watcher saw all moving tags on the new digest. */
  readonly live: number[];
  /** From the start until the contender said that it was done; a webhook is done when stored. */
  readonly said: number[];
}

export interface WatchedRegistry {
  readonly url: string;
  readonly storageDir: string;
  readonly watcher: Child;
}

/** In each round every contender moves the tags of its repository to one new release. */
export async function runRounds(
  contenders: readonly Contender[],
  registry: WatchedRegistry,
  { rounds, firstPatch }: { readonly rounds: number; readonly firstPatch: number },
): Promise<ReadonlyMap<string, ReleaseTimes>> {
  const times = new Map(contenders.map(({ name }) => [name, noTimes()]));
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    for (const contender of rotate(contenders, round)) {
      const one = await releaseOnce(contender, registry, `1.0.${firstPatch + round}`);
      if (round < WARM_UP) continue;
      times.get(contender.name)?.live.push(one.live);
      times.get(contender.name)?.said.push(one.said);
    }
  }
  return times;
}

async function releaseOnce(
  contender: Contender,
  { url, storageDir, watcher }: WatchedRegistry,
  tag: string,
): Promise<{ readonly live: number; readonly said: number }> {
  const { repository } = contender;
  const content = `${repository} ${tag}`;
  const { digest } = await pushImage({ url, repository, tag, content });
  const seeing = watcher.ask({ storageDir, repository, digest, tags: MOVING_TAGS }, Seen);
  await pause(QUIET_MS);
  const start = process.hrtime.bigint();
  await contender.release(tag);
  const said = process.hrtime.bigint();
  const { seen } = await seeing;
  await contender.settle();
  for (const moved of MOVING_TAGS)
    await expectDigest(`${url}/v2/${repository}/manifests/${moved}`, digest);
  await pause(QUIET_MS);
  return { live: Number(seen - start) / NS_PER_MS, said: Number(said - start) / NS_PER_MS };
}

/** The watcher saw files; what counts is what the registry says. */
async function expectDigest(url: string, digest: string): Promise<void> {
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
  const shown = (await fetch(url, { method: 'HEAD', headers })).headers.get(
    'docker-content-digest',
  );
  if (shown !== digest) throw new Error(`${url} shows ${shown ?? 'nothing'}, not ${digest}`);
}

/** Whoever comes first in a round is another one each time. */
function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function noTimes(): ReleaseTimes {
  return { live: [], said: [] };
}
