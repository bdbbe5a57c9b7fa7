import { setTimeout as delay } from 'node:timers/promises';
import { anyStatement, CRASH_PLACES, type CrashPlace } from './crash-points';
import { requestTo } from './faulty-proxy';
import type { Random } from './random';
import type { Scene } from './scene';

/** Who has not met its point by then is killed at once: a round of pre-releases writes nothing. */
const LONGEST_WAIT_MS = 1_500;
const LONGEST_START_MS = 2_000;
// Keys of a literal, which is not empty.
const PLACES = Object.keys(CRASH_PLACES) as [CrashPlace, ...CrashPlace[]];

/** A death that a running service is in for. */
export interface Kill {
  /** Where, in words. */
  readonly at: string;
  /** To be called at every answer to a sender. */
  answered(): void;
  /** Resolves when nothing of the service runs any more. */
  readonly done: Promise<void>;
}

/** Prepares the death of the running service: at a named point, or at a moment of its own. */
export async function prepareKill(scene: Scene, random: Random): Promise<Kill> {
  const count = 1 + random.below(3);
  const extraMs = random.below(60);
  const kind = random.pick(['inside', 'inside', 'registry', 'answers', 'statement', 'any time']);
  switch (kind) {
    case 'inside':
      return killInside(scene, random.pick(PLACES), count);
    case 'statement': {
      const point = anyStatement(random);
      await scene.arm(point);
      return { ...unheard(`${point.moment} statement ${point.count}`), done: deathOf(scene) };
    }
    case 'registry':
      return killAtRegistry(scene, random, { count, extraMs });
    case 'answers':
      return killAfterAnswers(scene, count);
    case 'any time': {
      const waitMs = extraMs * 10;
      return { ...unheard(`${waitMs} ms`), done: delay(waitMs).then(() => scene.kill()) };
    }
  }
}

/** Starts a service, kills it in the middle of that, and says when it is gone. */
export async function killAStart(scene: Scene, random: Random): Promise<void> {
  const service = scene.launch();
  const ready = service.ready().catch(() => undefined);
  await Promise.race([delay(random.below(LONGEST_START_MS)), ready]);
  await scene.kill();
}

async function killInside(scene: Scene, place: CrashPlace, count: number): Promise<Kill> {
  await scene.arm({ ...CRASH_PLACES[place], count });
  return { ...unheard(`${place}, ${count}`), done: deathOf(scene) };
}

function killAtRegistry(
  scene: Scene,
  random: Random,
  { count, extraMs }: { readonly count: number; readonly extraMs: number },
): Kill {
  const moment = random.pick(['before', 'after']);
  const method = random.pick(['PUT', 'PUT', 'HEAD', 'GET']);
  const passes = scene.proxy.passes(moment, requestTo(method), count);
  const event = Promise.race([passes, delay(LONGEST_WAIT_MS)]);
  const done = event.then(() => delay(extraMs)).then(() => scene.kill());
  return { ...unheard(`${extraMs} ms ${moment} ${method} ${count}`), done };
}

function killAfterAnswers(scene: Scene, count: number): Kill {
  let answers = 0;
  let tell: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const answered = (): void => {
    answers += 1;
    if (answers === count) tell();
  };
  const done = Promise.race([enough, delay(LONGEST_WAIT_MS)]).then(() => scene.kill());
  return { at: `answer ${count}`, answered, done };
}

async function deathOf(scene: Scene): Promise<void> {
  const death = scene.died();
  await Promise.race([death, delay(LONGEST_WAIT_MS)]);
  await scene.kill();
  await death;
}

function unheard(at: string): Pick<Kill, 'at' | 'answered'> {
  return { at, answered: () => undefined };
}
