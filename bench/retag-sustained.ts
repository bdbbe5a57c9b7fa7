import type { RunningRegistry } from '../scripts/distribution';
import { atATime } from './at-a-time';
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
/** More than the service works on at a time. */
const LAST = 16;
/** Of what is not measured. */
const PREPARED_AT_ONCE = 8;

/** Warm-up is for compilers: a service that has just started takes twice the CPU time. */
interface SustainedPlan {
  /** Releases under way at a time. */
  readonly underWay: readonly number[];
  readonly warmUp: number;
  readonly rounds: number;
}

const FULL: SustainedPlan = { underWay: [8, 16], warmUp: 10, rounds: 8 };
const QUICK: SustainedPlan = { underWay: [8], warmUp: 4, rounds: 3 };

interface SustainedRun {
  readonly atOnce: number;
  readonly rounds: number;
  /** Of the releases to come. */
  readonly patches: Iterator<number, never>;
}

interface Pushed extends Retag {
  readonly digest: string;
}

interface Sustained {
  readonly id: RetagName;
  /** Resolves when the tags are live. */
  readonly retag: (retag: Pushed) => Promise<void>;
  /** CPU time so far, in microseconds, of the process that sends to the registry. */
  readonly cpu: () => Promise<number>;
  /** Waits until nothing of the releases is left to be done. */
  readonly settle: () => Promise<void>;
}

/** Releases of 50 repositories, so many under way at a time: how many a second. */
export async function benchSustained(
  registry: RunningRegistry,
  { quick }: BenchOptions,
): Promise<void> {
  const { url, storageDir = '' } = registry;
  const service = await MeasuredService.start(url, writeRetagConfig(url));
  const releases = new Releases(url);
  const [client, loop] = [new ClientModule(url), new RetagLoop(url)];
  const sender = new WebhookSender(service.client.url);
  const deliveries: number[] = [];
  const announce = async (one: Pushed): Promise<void> => {
    deliveries.push(await sender.send(one));
    await becomesLive(storageDir, one);
  };
  const settle = async (): Promise<void> => {
    // Those that are not are among the last; to ask for all would cost the service CPU time.
    const last = deliveries.splice(0).slice(-LAST);
    await Promise.all(last.map((id) => service.client.settled(id)));
  };
  const own = { cpu: ownCpu, settle: () => Promise.resolve() };
  const contenders: readonly Sustained[] = [
    { ...own, id: 'raw', retag: (one) => loop.asClient(one) },
    { ...own, id: 'client', retag: (one) => client.retag(one) },
    { id: 'service', retag: announce, cpu: () => service.cpuTime(), settle },
  ];
  try {
    await pushAll(releases, contenders, 0);
    await atATime(PREPARED_AT_ONCE, repositoriesOf('service'), async (repository) =>
      service.adopt(repository, releaseTagOf(FOUR_TAGS, 0)),
    );
    const patches = countFrom(1);
    const { underWay, warmUp, rounds } = quick ? QUICK : FULL;
    const [first = 1] = underWay;
    await measure(contenders, releases, { atOnce: first, rounds: warmUp, patches });
    for (const atOnce of underWay) {
      const measured = await measure(contenders, releases, { atOnce, rounds, patches });
      const what = `${REPOSITORIES} repositories, 4 tags, ${atOnce} at a time`;
      printSustained(`${what}, ${mediumOf(registry)}, ${rounds} rounds`, measured);
    }
  } finally {
    await Promise.all([client, loop, sender, releases].map((one) => one.close()));
    await service.remove();
  }
}

/** In each round every contender makes one release in each of its repositories. */
async function measure(
  contenders: readonly Sustained[],
  releases: Releases,
  { atOnce, rounds, patches }: SustainedRun,
): Promise<ReadonlyMap<RetagName, SustainedMeasured>> {
  const measured = new Map(contenders.map(({ id }) => [id, noValues()]));
  for (let round = 0; round < rounds; round += 1) {
    const pushed = await pushAll(releases, contenders, patches.next().value);
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const own = pushed.get(contender.id) ?? [];
      const { seconds, cpuMs } = await runOnce(contender, own, atOnce);
      for (const { repository, tags, digest } of own)
        await releases.expectAll(repository, tags, digest);
      measured.get(contender.id)?.rates.push(own.length / seconds);
      measured.get(contender.id)?.cpu.push(cpuMs / own.length);
    }
  }
  return measured;
}

async function runOnce(
  { retag, cpu, settle }: Sustained,
  releases: readonly Pushed[],
  atOnce: number,
): Promise<{ readonly seconds: number; readonly cpuMs: number }> {
  const before = await cpu();
  const start = performance.now();
  await atATime(atOnce, releases, retag);
  const seconds = (performance.now() - start) / 1_000;
  await settle();
  return { seconds, cpuMs: ((await cpu()) - before) / 1_000 };
}

/** Versions of releases never come back. */
function* countFrom(first: number): Generator<number, never> {
  for (let next = first; ; next += 1) yield next;
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
    await atATime(PREPARED_AT_ONCE, repositoriesOf(id), async (repository) => {
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
