import type { RunningRegistry } from '../scripts/distribution';
import { MeasuredService } from './measured-service';
import type { BenchOptions } from './options';
import { mediumOf } from './registry';
import { FOUR_TAGS, releaseTagOf, repositoryOf, writeRetagConfig } from './retag-cases';
import { ClientModule } from './retag-client';
import { type RetagName, WebhookSender } from './retag-contenders';
import { becomesLive } from './retag-live';
import { type Retag, RetagLoop } from './retag-loops';
import { Releases } from './retag-releases';
import { printSustained, type SustainedMeasured } from './retag-report';

const REPOSITORIES = 50;
/** Releases under way at a time. */
const UNDER_WAY = 8;
/** For compilers and connections. */
const WARM_UP_ROUNDS = 2;

interface Pushed extends Retag {
  readonly digest: string;
}

interface Sustained {
  readonly id: RetagName;
  /** Resolves when the tags are live. */
  readonly retag: (retag: Pushed) => Promise<void>;
  /** CPU time so far, in microseconds, of the process that sends to the registry. */
  readonly cpu: () => Promise<number>;
}

/** Releases of 50 repositories, eight under way at a time: how many a second. */
export async function benchSustained(
  registry: RunningRegistry,
  { quick }: BenchOptions,
): Promise<void> {
  const { url, storageDir = '' } = registry;
  const service = await MeasuredService.start(url, writeRetagConfig(url));
  const releases = new Releases(url);
  const [client, loop] = [new ClientModule(url), new RetagLoop(url)];
  const sender = new WebhookSender(service.client.url);
  const announce = async (one: Pushed): Promise<void> => {
    await sender.send(one);
    await becomesLive(storageDir, one);
  };
  const contenders: readonly Sustained[] = [
    { id: 'raw', retag: (one) => loop.asClient(one), cpu: ownCpu },
    { id: 'client', retag: (one) => client.retag(one), cpu: ownCpu },
    { id: 'service', retag: announce, cpu: async () => (await service.usage()).cpu },
  ];
  try {
    await pushAll(releases, contenders, 0);
    await atATime(repositoriesOf('service'), async (repository) =>
      service.adopt(repository, releaseTagOf(FOUR_TAGS, 0)),
    );
    const rounds = quick ? 3 : 12;
    const measured = await measure(contenders, releases, rounds);
    const what = `${REPOSITORIES} repositories, 4 tags, ${UNDER_WAY} at a time`;
    printSustained(`${what}, ${mediumOf(registry)}, ${rounds} rounds`, measured);
  } finally {
    await Promise.all([client, loop, sender, releases].map((one) => one.close()));
    await service.remove();
  }
}

/** In each round every contender makes one release in each of its repositories. */
async function measure(
  contenders: readonly Sustained[],
  releases: Releases,
  rounds: number,
): Promise<ReadonlyMap<RetagName, SustainedMeasured>> {
  const measured = new Map(contenders.map(({ id }) => [id, noValues()]));
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round += 1) {
    const pushed = await pushAll(releases, contenders, round + WARM_UP_ROUNDS);
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const own = pushed.get(contender.id) ?? [];
      const { seconds, cpuMs } = await runOnce(contender, own);
      for (const { repository, tags, digest } of own)
        await releases.expectAll(repository, tags, digest);
      if (round <= 0) continue;
      measured.get(contender.id)?.rates.push(own.length / seconds);
      measured.get(contender.id)?.cpu.push(cpuMs / own.length);
    }
  }
  return measured;
}

async function runOnce(
  { retag, cpu }: Sustained,
  releases: readonly Pushed[],
): Promise<{ readonly seconds: number; readonly cpuMs: number }> {
  const before = await cpu();
  // To ask the service costs it a garbage collection, which is not the releases'.
  const asked = await cpu();
  const start = performance.now();
  await atATime(releases, retag);
  const seconds = (performance.now() - start) / 1_000;
  const used = (await cpu()) - asked - (asked - before);
  return { seconds, cpuMs: used / 1_000 };
}

function noValues(): SustainedMeasured {
  return { rates: [], cpu: [] };
}

function ownCpu(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return Promise.resolve(user + system);
}

/** One release of every repository of every contender; not measured. */
async function pushAll(
  releases: Releases,
  contenders: readonly Sustained[],
  patch: number,
): Promise<ReadonlyMap<RetagName, readonly Pushed[]>> {
  const release = releaseTagOf(FOUR_TAGS, patch);
  const pushed = new Map<RetagName, Pushed[]>();
  for (const { id } of contenders) {
    const own: Pushed[] = [];
    await atATime(repositoriesOf(id), async (repository) => {
      const digest = await releases.push(repository, release);
      own.push({ repository, release, digest, tags: FOUR_TAGS.tags });
    });
    pushed.set(id, own);
  }
  return pushed;
}

function repositoriesOf(id: RetagName): readonly string[] {
  return Array.from({ length: REPOSITORIES }, (_, place) =>
    repositoryOf(`${id}-${place}`, FOUR_TAGS),
  );
}

/** Does the work for every item, so many under way at a time. */
async function atATime<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, worker));
}
