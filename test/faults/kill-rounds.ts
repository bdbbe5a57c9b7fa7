import { setTimeout as delay } from 'node:timers/promises';
import type { WebhookRelease } from '../support/signed-webhook';
import { Crowd, type SentEvent } from './crowd';
import { killAStart, prepareKill } from './kills';
import { Random } from './random';
import type { Scene, SceneOptions } from './scene';

/** Tags and moves grow with each round, and the laws look at all of them. */
const ROUNDS_OF_A_SCENE = 20;
const PATHS = ['gallery/api', 'gallery/ui', 'gallery/worker'];
const LATENCY_MS = 40;
const LAW_TRIES = 40;
const BETWEEN_LOOKS_MS = 250;

export type SetScene = (options?: SceneOptions) => Promise<Scene>;
type Release = Required<Pick<WebhookRelease, 'repository' | 'tag' | 'digest'>>;

/** Rounds on one database with the seed of its own. */
export interface Batch {
  readonly rounds: number;
  readonly seed: number;
}

/** Rounds in batches; each batch has another seed that follows from the given one. */
export function batchesOf(rounds: number, seed: number): readonly Batch[] {
  return Array.from({ length: Math.ceil(rounds / ROUNDS_OF_A_SCENE) }, (_, index) => {
    const own = Math.min(ROUNDS_OF_A_SCENE, rounds - index * ROUNDS_OF_A_SCENE);
    return { rounds: own, seed: seed + index };
  });
}

/** Plays rounds on one database; gives what was wrong after the first broken one, or at the end. */
export async function play(
  setScene: SetScene,
  { rounds, seed }: Batch,
  registryUrl?: string,
): Promise<readonly string[]> {
  const options = registryUrl === undefined ? {} : { registryUrl };
  const scene = await setScene({ ...options, sources: Crowd.sources });
  const latency = new Random(seed);
  await scene.start();
  const crowd = await Crowd.gather(scene);
  process.stderr.write(`seed ${seed}: ${crowd.names.join(', ')}\n`);
  scene.proxy.latency.before = () => latency.below(LATENCY_MS);
  scene.proxy.latency.after = () => latency.below(LATENCY_MS);
  let interrupted = 0;
  for (let number = 1; number <= rounds; number += 1) {
    // Each round has its own numbers, so that what happened in one changes nothing in the next.
    const { broken, at, wasOpen } = await playRound(
      scene,
      crowd,
      new Random(seed * 1_000 + number),
    );
    // What is broken stays broken, so the rounds after it would say nothing new.
    if (broken.length > 0) {
      return broken.map((fault) => `round ${number} of seed ${seed}, killed at ${at}: ${fault}`);
    }
    if (wasOpen) interrupted += 1;
  }
  process.stderr.write(`${interrupted} of ${rounds} kills left something open\n`);
  return faultsOfTheEnd(scene);
}

interface PlayedRound {
  readonly at: string;
  readonly broken: readonly string[];
  readonly wasOpen: boolean;
}

/** Has releases announced, kills, starts again, has the senders repeat, and looks at everything. */
async function playRound(scene: Scene, crowd: Crowd, random: Random): Promise<PlayedRound> {
  const releases = await publish(scene, random);
  const kill = await prepareKill(scene, random);
  const sending = Promise.allSettled(crowd.announce(releases, random, kill.answered));
  await kill.done;
  const { pending = 0 } = await scene.database.deliveries();
  const { intended = 0 } = await scene.database.moves();
  if (random.chance(0.1)) await killAStart(scene, random);
  await scene.start();
  const faults: string[] = [];
  for (const result of await sending) {
    if (result.status === 'rejected') faults.push(String(result.reason));
    else faults.push(...(await faultsOfEvent(scene, result.value)));
  }
  const broken = [...faults, ...(await lawsThatStayBroken(scene))];
  return { at: kill.at, broken, wasOpen: pending + intended > 0 };
}

async function publish(scene: Scene, random: Random): Promise<readonly Release[]> {
  const releases: Release[] = [];
  for (const path of PATHS) {
    for (let count = 1 + random.below(2); count > 0; count -= 1) {
      const tag = nextTag([...scene.releasesOf(path).keys()], random);
      releases.push({ repository: path, tag, digest: await scene.publish(path, tag) });
    }
  }
  return releases;
}

/** Whatever was accepted has a row of its own, and an end. */
async function faultsOfEvent(
  { client }: Scene,
  { kind, event, receipts }: SentEvent,
): Promise<readonly string[]> {
  const what = `${event.repository}:${event.tag} of ${kind.name}`;
  const receipt = receipts.find(({ tag }) => tag === event.tag);
  if (receipt === undefined) return kind.repeats === 'never' ? [] : [`${what} has no receipt`];
  const { status, error, tag, repository } = await client.settled(receipt.id);
  const named = `${String(repository)}:${String(tag)}`;
  const end = status === 'dead' ? [`${what} is dead: ${String(error?.text)}`] : [];
  return named === `local/${event.repository}:${event.tag}`
    ? end
    : [...end, `delivery ${receipt.id} is of ${named}, not of ${what}`];
}

/** What a sender did not repeat is found by the sweep of the start, which nobody waits for. */
async function lawsThatStayBroken(scene: Scene): Promise<readonly string[]> {
  let broken: readonly string[] = [];
  for (let look = 0; look < LAW_TRIES; look += 1) {
    broken = await scene.brokenLaws();
    if (broken.length === 0) return broken;
    await delay(BETWEEN_LOOKS_MS);
  }
  return broken;
}

/** After an orderly stop nothing is left over. */
async function faultsOfTheEnd(scene: Scene): Promise<readonly string[]> {
  const { status } = await scene.service.stop();
  const deliveries = await scene.database.deliveries();
  const open = Object.keys(deliveries).filter((one) => one !== 'done' && one !== 'ignored');
  const holders = await scene.database.leaseHolders();
  return [
    ...(status === 0 ? [] : [`the exit status is ${status}`]),
    ...open.map((one) => `${deliveries[one] ?? 0} deliveries are ${one}`),
    ...(holders === 0 ? [] : ['a lease was left behind']),
    ...(await scene.disagreements()),
  ];
}

/** A new patch, minor or major, a patch of an older line, or a pre-release. */
function nextTag(tags: readonly string[], random: Random): string {
  const versions = tags
    .filter((tag) => !tag.includes('-'))
    .map((tag) => tag.split('.').map(Number));
  const [first, ...others] = versions.map(([major = 0, minor = 0]) => [major, minor] as const);
  if (first === undefined) return '1.0.0';
  const lines = [first, ...others];
  const highestMajor = Math.max(...lines.map(([major]) => major));
  const patchOf = ([major, minor]: readonly [number, number]): string => {
    const patches = versions
      .filter(([a, b]) => a === major && b === minor)
      .map((one) => one[2] ?? 0);
    return `${major}.${minor}.${Math.max(...patches) + 1}`;
  };
  const minorOf = (major: number): string => {
    const minors = lines.filter(([one]) => one === major).map(([, minor]) => minor);
    return `${major}.${Math.max(...minors) + 1}.0`;
  };
  const kind = random.pick(['patch', 'patch', 'minor', 'minor', 'major', 'pre-release']);
  const line = random.pick([first, ...others]);
  if (kind === 'patch') return patchOf(line);
  if (kind === 'minor') return minorOf(line[0]);
  if (kind === 'major') return `${highestMajor + 1}.0.0`;
  return `${minorOf(highestMajor)}-rc.${tags.length}`;
}
