import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { Receipts } from '../../src/deliveries/delivery.schema';
import type { WebhookRelease } from '../support/signed-webhook';
import type { Random } from './random';
import type { Scene } from './scene';
import { type ReleaseEvent, SENDER_KINDS, type SenderKind, type SenderRequest } from './senders';

/** As Distribution does: tries in a row before it waits, and for how long. */
const THRESHOLD = 10;
const BACKOFF_MS = 200;
const BETWEEN_TRIES_MS = 20;
const PATIENCE_MS = 60_000;
const KEPT_EVENTS = 30;

type Receipt = z.infer<typeof Receipts>['deliveries'][number];

/** An event of one sender, and what was answered to it. */
export interface SentEvent {
  readonly kind: SenderKind;
  readonly event: ReleaseEvent;
  /** Of every answer with 2xx. */
  readonly receipts: readonly Receipt[];
}

/** Senders of many kinds that send at the same time, each as its product does. */
export class Crowd {
  /** Ends of the queues of those that send one event at a time. */
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly earlier: { readonly kind: SenderKind; readonly event: ReleaseEvent }[] = [];

  private constructor(
    private readonly scene: Scene,
    private readonly kinds: readonly [SenderKind, ...SenderKind[]],
  ) {}

  /** The lines of configuration that its senders need. */
  static get sources(): readonly string[] {
    return SENDER_KINDS.flatMap(({ source }) => source ?? []);
  }

  /** Those kinds that the running service knows how to read: each sends one event to find out. */
  static async gather(scene: Scene): Promise<Crowd> {
    const digest = await scene.publish('gallery/start', '1.0.0');
    const event = newEvent(scene, { repository: 'gallery/start', tag: '1.0.0', digest });
    const known: SenderKind[] = [];
    for (const kind of SENDER_KINDS) {
      const request = kind.request({ ...event, id: randomUUID() });
      const receipts = await send(scene, request).catch(() => undefined);
      if (receipts?.some(({ tag }) => tag === event.tag) === true) known.push(kind);
    }
    const [first, ...others] = known;
    if (first === undefined) throw new Error('no sender was understood');
    return new Crowd(scene, [first, ...others]);
  }

  get names(): readonly string[] {
    return this.kinds.map(({ name }) => name);
  }

  /**
   * Announces releases in a random order, each by one or two senders, some events twice at once, and
   * some of earlier calls again. Each result is there when its sender has no more to do; `answered`
   * is called at every answer.
   */
  announce(
    releases: readonly Required<Pick<WebhookRelease, 'repository' | 'tag' | 'digest'>>[],
    random: Random,
    answered: () => void,
  ): Promise<SentEvent>[] {
    const events = releases.flatMap((release) => {
      const senders = [
        random.pick(this.kinds),
        ...(random.chance(0.3) ? [random.pick(this.kinds)] : []),
      ];
      return senders.map((kind) => ({ kind, event: newEvent(this.scene, release) }));
    });
    const repeated = random.chance(0.5) ? random.shuffle(this.earlier).slice(0, 2) : [];
    this.earlier.push(...events);
    this.earlier.splice(0, this.earlier.length - KEPT_EVENTS);
    const twice = events.filter(() => random.chance(0.25));
    return random.shuffle([...events, ...twice, ...repeated]).map(async ({ kind, event }) => {
      const receipts = await this.deliver(kind, event, answered);
      return { kind, event, receipts };
    });
  }

  private deliver(
    kind: SenderKind,
    event: ReleaseEvent,
    answered: () => void,
  ): Promise<readonly Receipt[]> {
    const run = (): Promise<readonly Receipt[]> => this.repeat(kind, event, answered);
    if (kind.repeats !== 'in-order') return run();
    const turn = (this.queues.get(kind.name) ?? Promise.resolve()).then(run);
    this.queues.set(
      kind.name,
      turn.catch(() => undefined),
    );
    return turn;
  }

  private async repeat(
    kind: SenderKind,
    event: ReleaseEvent,
    answered: () => void,
  ): Promise<readonly Receipt[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let tries = 1; performance.now() < deadline; tries += 1) {
      const receipts = await send(this.scene, kind.request(event));
      if (receipts !== undefined) {
        answered();
        return receipts;
      }
      if (kind.repeats === 'never') return [];
      await delay(tries < THRESHOLD ? BETWEEN_TRIES_MS : BACKOFF_MS);
    }
    throw new Error(`${kind.name} got no answer to ${event.tag} in ${PATIENCE_MS} ms`);
  }
}

function newEvent(
  { proxy }: Scene,
  release: Required<Pick<WebhookRelease, 'repository' | 'tag' | 'digest'>>,
): ReleaseEvent {
  return { ...release, id: randomUUID(), at: Date.now(), host: new URL(proxy.url).host };
}

/** Undefined when nobody answered, or was asked to come again. */
async function send(
  scene: Scene,
  { path, headers, body }: SenderRequest,
): Promise<readonly Receipt[] | undefined> {
  const answer = await scene.client.send('POST', path, headers, body).catch(() => undefined);
  if (answer === undefined || answer.status === 503) return undefined;
  if (answer.status === 202 || answer.status === 200) {
    return Receipts.parse(answer.json).deliveries;
  }
  throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.json)}`);
}
