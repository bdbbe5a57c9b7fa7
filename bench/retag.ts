import type { RunningRegistry } from '../scripts/distribution';
import { Child } from './child';
import { printLoad } from './machine';
import { MeasuredService } from './measured-service';
import type { BenchOptions } from './options';
import { describeRegistry, mediumOf, startBenchRegistry } from './registry';
import {
  CASES,
  CONNECTIONS,
  FOUR_TAGS,
  releaseTagOf,
  repositoryOf,
  type RetagCase,
  writeRetagConfig,
} from './retag-cases';
import { type RetagContender, type RetagName, retagContenders } from './retag-contenders';
import { countRequests, DelayingProxy, type RequestCounts } from './retag-counts';
import { benchListing } from './retag-listing';
import { Releases } from './retag-releases';
import { printCounts, printRetags, printServiceVerdicts, printSkipped } from './retag-report';
import { type RetagPlace, type RetagTimes, runRetags } from './retag-rounds';
import { benchSustained } from './retag-sustained';

/** One kind of storage, and one length of the way to the registry. */
interface Place {
  readonly inMemory: boolean;
  readonly roundTripMs: number;
}

const PLACES: readonly Place[] = [
  { inMemory: true, roundTripMs: 0 },
  { inMemory: true, roundTripMs: 20 },
  { inMemory: false, roundTripMs: 0 },
  { inMemory: false, roundTripMs: 20 },
];

interface Rounds {
  readonly rounds: number;
  readonly warmUp: number;
}

/** Releases that move 1, 4 and 10 tags, one at a time and many at once, and a long list of tags. */
export async function benchRetag({ quick }: BenchOptions): Promise<void> {
  for (const place of PLACES) {
    await onRegistry(place.inMemory, (registry) =>
      benchOneWay(registry, place, roundsOf(place, quick)),
    );
  }
  for (const inMemory of [true, false]) {
    await onRegistry(inMemory, (registry) => benchSustained(registry, { quick }));
  }
  await onRegistry(true, (registry) => benchListing(registry, { quick }));
}

/** Does the work on an empty registry of its own. */
async function onRegistry(
  inMemory: boolean,
  work: (registry: RunningRegistry) => Promise<void>,
): Promise<void> {
  const registry = await startBenchRegistry({ inMemory });
  try {
    printLoad('now');
    console.log(`${describeRegistry(registry)}; ${CONNECTIONS} connections or requests at a time`);
    await work(registry);
  } finally {
    await registry.stop();
  }
}

/** What the service has to reach is said for tmpfs without delay. */
function isRequired({ inMemory, roundTripMs }: Place): boolean {
  return inMemory && roundTripMs === 0;
}

/** Elsewhere a round takes longer, and blurs less. */
function roundsOf(place: Place, quick: boolean): Rounds {
  if (isRequired(place)) return { rounds: quick ? 30 : 200, warmUp: quick ? 15 : 50 };
  if (quick) return { rounds: 10, warmUp: 3 };
  return { rounds: place.roundTripMs === 0 ? 100 : 60, warmUp: 10 };
}

async function benchOneWay(registry: RunningRegistry, where: Place, rounds: Rounds): Promise<void> {
  const { roundTripMs } = where;
  const proxy =
    roundTripMs === 0 ? undefined : await DelayingProxy.start(registry.url, roundTripMs);
  const url = proxy?.url ?? registry.url;
  const service = await MeasuredService.start(url, writeRetagConfig(url));
  const watcher = new Child('tag-watcher');
  const releases = new Releases(registry.url);
  const all = retagContenders(url, service);
  const contenders = all.filter(({ skipped }) => skipped === undefined);
  const place = { releases, watcher, storageDir: registry.storageDir ?? '' };
  const way = `${mediumOf(registry)}, ${roundTripMs} ms added`;
  const counts = new Map<string, ReadonlyMap<RetagName, RequestCounts>>();
  try {
    for (const what of CASES) {
      const title = `${tagsOf(what)}, ${way}`;
      const measured = await benchCase(contenders, { ...place, service }, what, rounds);
      printRetags(title, measured);
      if (what === FOUR_TAGS && isRequired(where)) printServiceVerdicts(measured);
      // Requests are the same on any storage.
      if (proxy === undefined || !where.inMemory) continue;
      const patch = 1 + rounds.rounds + rounds.warmUp;
      const own = await countRequests(contenders, { proxy, releases }, { what, patch });
      counts.set(tagsOf(what), own);
    }
    if (counts.size > 0) printCounts(counts);
    printSkipped(all);
  } finally {
    await Promise.all([...contenders, releases].map((one) => one.close()));
    await Promise.all([watcher.stop(), service.remove(), proxy?.stop()]);
  }
}

async function benchCase(
  contenders: readonly RetagContender[],
  { service, ...place }: RetagPlace & { readonly service: MeasuredService },
  what: RetagCase,
  rounds: Rounds,
): Promise<RetagTimes> {
  const first = releaseTagOf(what, 0);
  for (const { id } of contenders) await place.releases.push(repositoryOf(id, what), first);
  await service.adopt(repositoryOf('service', what), first);
  return runRetags(contenders, place, { what, ...rounds });
}

function tagsOf({ tags }: RetagCase): string {
  return tags.length === 1 ? '1 tag' : `${tags.length} tags`;
}
