import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { RegistrySettings } from '../../config/settings';
import type { SourceKind } from '../../config/source-kinds';
import { DomainError } from '../../core/domain-error';
import { type RepositoryName, repositoryNameOf } from '../../core/names';
import { bearerToken } from '../../http/access.guard';
import { parseJson } from '../../http/json-body';
import type {
  AnnouncingEvent,
  IdleEvent,
  IncomingWebhook,
  Proof,
  Reason,
  Sender,
  SourceEvent,
} from './source';

const MIB = 1024 * 1024;

/** The configuration of one source, as far as reading its events depends on it. */
export interface SenderContext {
  readonly sourceId: string;
  /** That the images are in; its host is compared with what a payload says, and nothing else. */
  readonly registry: RegistrySettings;
  /** Path of the image repository by what the sender calls its project. */
  readonly images: ReadonlyMap<string, string>;
}

/** What is kept of every event, whatever it says. */
export type KeptFacts = Pick<AnnouncingEvent, 'dedupeKey' | 'body' | 'occurredAt'>;

/**
 * A product that sends what it sends: its authentic requests are never refused for what is in them,
 * since a refusal blocks one sender for ever and switches another one off.
 */
export abstract class ProductSender implements Sender {
  abstract readonly kind: SourceKind;
  readonly answersCaller: boolean = false;
  readonly repeats: boolean = false;
  readonly datesEvents: boolean = false;
  readonly mostBodyBytes: number = MIB;
  readonly sendsText: boolean = false;

  constructor(protected readonly context: SenderContext) {}

  /** `Authorization`, unless a product has a header of its own. */
  tokensOf({ headers }: IncomingWebhook): readonly string[] {
    return authorizationTokens(headers['authorization']);
  }

  readEvents(webhook: IncomingWebhook, proof: Proof): readonly SourceEvent[] {
    try {
      return this.readBody(parseJson(webhook.body), webhook, proof);
    } catch (error) {
      if (!(error instanceof DomainError || error instanceof z.ZodError)) throw error;
      const text = error instanceof z.ZodError ? describeFaults(error) : error.message;
      return [rejectedEvent(webhook.body.toString('utf8'), text)];
    }
  }

  /**
   * The events of a body. What a zod schema or a `DomainError` refuses becomes one rejected event
   * of the whole body.
   */
  protected abstract readBody(
    json: unknown,
    webhook: IncomingWebhook,
    proof: Proof,
  ): readonly SourceEvent[];

  /** The repository of a path, in the configured registry; undefined when the path is not legal. */
  protected imageOf(path: string): RepositoryName | undefined {
    const { registry, images } = this.context;
    return repositoryNameOf(registry.id, images.get(path) ?? path);
  }

  /** The same for a project of a forge, whose name may have capital letters. */
  protected imageOfProject(project: string): RepositoryName | undefined {
    return this.imageOf(this.context.images.has(project) ? project : project.toLowerCase());
  }

  /** Undefined when the host is the registry's, or nothing is known of it. */
  protected otherRegistry(hosts: readonly (string | undefined)[]): Reason | undefined {
    const { registry } = this.context;
    const named = hosts.filter((host): host is string => host !== undefined && host !== '');
    if (named.length === 0 || named.some((host) => isSameHost(host, registry.url))) {
      return undefined;
    }
    const text = `the event is of ${named.join(', ')}, but the registry ${registry.id} is ${registry.url.host}`;
    return { code: 'other-registry', text: text.slice(0, LONGEST_REASON) };
  }
}

/** The code of what is broken in itself; people are told of it. */
export const EVENT_INVALID = 'event-invalid';

const LONGEST_REASON = 500;

/** Authentic and of no interest. */
export function ignoredEvent(kept: KeptFacts, code: string, text: string): IdleEvent {
  return { ...kept, kind: 'ignored', reason: { code, text } };
}

/** Authentic and broken: it has no usable id, so it is the same event when its text is. */
export function rejectedEvent(body: string, text: string): IdleEvent {
  const reason = { code: EVENT_INVALID, text: text.slice(0, LONGEST_REASON) };
  return { kind: 'rejected', dedupeKey: bodyKey(body), body, occurredAt: null, reason };
}

/** The dedupe key of a sender that gives no id: the same text is the same event. */
export function bodyKey(...parts: readonly (string | number | null | undefined)[]): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}

/** UTC milliseconds of a time as a sender writes it; null when it is none. */
export function timeOf(text: string | undefined): number | null {
  const time = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

/**
 * The texts that a configured token may be, of an `Authorization` header: the whole value, what is
 * behind `Bearer`, and the password and the whole of `Basic`.
 */
function authorizationTokens(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  const bearer = bearerToken(header);
  const [, basic] = /^Basic +([A-Za-z0-9+/=]{1,2000})$/i.exec(header) ?? [];
  const pair = basic === undefined ? undefined : Buffer.from(basic, 'base64').toString('utf8');
  const password = pair?.slice(pair.indexOf(':') + 1);
  return [header, bearer, pair, password].filter((text) => text !== undefined);
}

function describeFaults(error: z.ZodError): string {
  return `the body is no event of this sender: ${z.prettifyError(error)}`;
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The host is only compared, never dialled. The names of the own machine are one host. */
function isSameHost(host: string, url: URL): boolean {
  const sent = `${url.protocol}//${host}`;
  if (!URL.canParse(sent)) return false;
  const { hostname, port } = new URL(sent);
  if (port !== url.port) return false;
  return hostname === url.hostname || (LOOPBACK.has(hostname) && LOOPBACK.has(url.hostname));
}
