import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describeOnRealRegistries } from '../support/real-registries';
import type { WebhookRelease } from '../support/signed-webhook';
import { requestTo } from './faulty-proxy';
import { faultSeed, Random } from './random';
import { acceptedId, type Scene, useScenes } from './scene';

const ROUNDS = Number(process.env['TAGWARD_FAULT_ROUNDS'] ?? 20);
/** Half of the rounds on the fake registry, which is always there, a quarter on each real one. */
const REAL_ROUNDS = Math.floor(ROUNDS / 4);
const FAKE_ROUNDS = ROUNDS - 2 * REAL_ROUNDS;
const PATHS = ['gallery/api', 'gallery/ui', 'gallery/worker'];
const MOMENTS = ['answered', 'before a write', 'after a write', 'any time'] as const;
const LATENCY_MS = 40;
const LONGEST_WAIT_MS = 1_500;
const TEST_TIMEOUT_MS = ROUNDS * 15_000;

interface Round {
  readonly releases: readonly WebhookRelease[];
  readonly moment: (typeof MOMENTS)[number];
  /** Which answer or write it is that the kill follows; from 1. */
  readonly count: number;
  readonly extraMs: number;
}

const seed = faultSeed();
const setScene = useScenes();

describe(`kill -9 at random moments with TAGWARD_FAULT_SEED=${seed}`, () => {
  it(
    `loses no delivery and writes no history twice in ${FAKE_ROUNDS} rounds`,
    async () => {
      const scene = await setScene();

      expect(await play(scene, FAKE_ROUNDS, seed)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});

describeOnRealRegistries('kill -9 at random moments', (start, { name }) => {
  it(
    `loses no delivery and writes no history twice in ${REAL_ROUNDS} rounds`,
    async () => {
      const { url } = await start({ inMemory: true });
      const scene = await setScene({ registryUrl: url });

      expect(await play(scene, REAL_ROUNDS, seed + name.length)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});

/** Plays rounds on one database; gives what was wrong after any of them, and at the end. */
async function play(scene: Scene, rounds: number, playSeed: number): Promise<readonly string[]> {
  const latency = new Random(playSeed);
  scene.proxy.latency.before = () => latency.below(LATENCY_MS);
  scene.proxy.latency.after = () => latency.below(LATENCY_MS);
  const faults: string[] = [];
  let interrupted = 0;
  await scene.start();
  for (let number = 1; number <= rounds; number += 1) {
    // Each round has its own numbers, so that what happened in one changes nothing in the next.
    const random = new Random(playSeed * 1_000 + number);
    const round = await prepare(scene, random);
    const { broken, wasOpen } = await playRound(scene, round);
    if (wasOpen) interrupted += 1;
    faults.push(...broken.map((fault) => `round ${number}, ${round.moment}: ${fault}`));
  }
  process.stderr.write(`${interrupted} of ${rounds} kills left something open\n`);
  const { status } = await scene.service.stop();
  if (status !== 0) faults.push(`the exit status is ${status}`);
  const unsettled = Object.keys(await scene.database.deliveries()).filter(
    (one) => one !== 'done' && one !== 'ignored',
  );
  return [...faults, ...unsettled.map((one) => `deliveries are ${one}`)];
}

async function prepare(scene: Scene, random: Random): Promise<Round> {
  const releases: WebhookRelease[] = [];
  for (const path of PATHS) {
    for (let count = 1 + random.below(3); count > 0; count -= 1) {
      const tag = nextTag([...scene.releasesOf(path).keys()], random);
      releases.push({ repository: path, tag, digest: await scene.publish(path, tag) });
    }
  }
  const shuffled = releases
    .map((release) => ({ release, place: random.next() }))
    .sort((left, right) => left.place - right.place)
    .map(({ release }) => release);
  return {
    releases: shuffled,
    moment: random.pick(MOMENTS),
    count: 1 + random.below(3),
    extraMs: random.below(60),
  };
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

/** Sends the releases, kills, starts again, has the senders repeat, and looks at everything. */
async function playRound(
  scene: Scene,
  round: Round,
): Promise<{ readonly broken: readonly string[]; readonly wasOpen: boolean }> {
  const kill = killAt(scene, round);
  const senders = round.releases.map((release) => new Sender(release));
  await Promise.all(senders.map((sender) => sender.send(scene).then(kill.answered)));
  await kill.done;
  const { pending = 0 } = await scene.database.deliveries();
  const { intended = 0 } = await scene.database.moves();
  const client = await scene.start();
  await Promise.all(senders.filter((one) => one.id === undefined).map((one) => one.send(scene)));
  const faults: string[] = [];
  for (const { id, release } of senders) {
    if (id === undefined) {
      faults.push(`${release.tag} was not accepted by a running service`);
      continue;
    }
    const { status, error, tag } = await client.settled(id);
    if (tag !== release.tag) faults.push(`delivery ${id} is of ${tag}, not of ${release.tag}`);
    if (status === 'dead') faults.push(`delivery ${id} is dead: ${String(error?.text)}`);
  }
  const broken = [...faults, ...(await scene.brokenLaws())];
  return { broken, wasOpen: pending + intended > 0 };
}

/** A pipeline step: it keeps the id of its event, and repeats what was not answered. */
class Sender {
  /** Of the accepted delivery. */
  id: number | undefined;
  private readonly eventId = `msg_${randomUUID()}`;

  constructor(readonly release: WebhookRelease) {}

  async send(scene: Scene): Promise<void> {
    const answer = await scene.client
      .webhook(this.release, { id: this.eventId })
      .catch(() => undefined);
    if (answer !== undefined) this.id = acceptedId(answer);
  }
}

interface Kill {
  /** To be called at every answer to a sender. */
  readonly answered: () => void;
  readonly done: Promise<unknown>;
}

function killAt({ proxy, service }: Scene, { moment, count, extraMs }: Round): Kill {
  let answers = 0;
  let tellAnswered: () => void = () => undefined;
  const enoughAnswers = new Promise<void>((resolve) => {
    tellAnswered = resolve;
  });
  const answered = (): void => {
    answers += 1;
    if (answers === count) tellAnswered();
  };
  const events: Record<Round['moment'], () => Promise<unknown>> = {
    answered: () => enoughAnswers,
    'before a write': () => proxy.passes('before', requestTo('PUT'), count),
    'after a write': () => proxy.passes('after', requestTo('PUT'), count),
    'any time': () => delay(extraMs * 10),
  };
  // A round of pre-releases writes nothing.
  const event = Promise.race([events[moment](), delay(LONGEST_WAIT_MS)]);
  const wait = moment === 'answered' ? 0 : extraMs;
  return { answered, done: event.then(() => delay(wait)).then(() => service.kill()) };
}
