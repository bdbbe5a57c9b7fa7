import { setTimeout as pause } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { createApp } from '../../src/app';
import { loadSettings } from '../../src/config/load-settings';
import { DeliveryAnswer, Receipts } from '../../src/deliveries/delivery.schema';
import { MoveAnswer, TagAnswer } from '../../src/history/history.schema';
import { pageOf } from '../../src/http/answers.schema';
import type { Clock } from '../../src/runtime/clock';
import { releaseBody, signedHeaders, type WebhookRelease } from './signed-webhook';
import {
  ADMIN_TOKEN,
  type TestConfig,
  type TestConfigOptions,
  WEBHOOK_SECRET,
  writeTestConfig,
} from './test-config';

const PATIENCE_MS = 45_000;
/** Polled seldom enough that many who wait leave the machine to what they wait for. */
const [FIRST_POLL_MS, LAST_POLL_MS] = [5, 100];
const SLUG = 'local~gallery~ui';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

/** Talks HTTP to a Tagward, in this process or in another one. */
export class ServiceClient {
  constructor(readonly url: string) {}

  async get(path: string, token?: string): Promise<HttpAnswer> {
    return this.send('GET', `/api/v1/${path}`, token === undefined ? {} : bearer(token));
  }

  async post(
    path: string,
    body: unknown = {},
    headers: Readonly<Record<string, string>> = bearer(ADMIN_TOKEN),
  ): Promise<HttpAnswer> {
    const all = { 'content-type': 'application/json', ...headers };
    return this.send('POST', `/api/v1/${path}`, all, JSON.stringify(body));
  }

  async put(
    path: string,
    body: unknown = {},
    headers: Readonly<Record<string, string>> = bearer(ADMIN_TOKEN),
  ): Promise<HttpAnswer> {
    const all = { 'content-type': 'application/json', ...headers };
    return this.send('PUT', `/api/v1/${path}`, all, JSON.stringify(body));
  }

  async delete(path: string, token = ADMIN_TOKEN): Promise<HttpAnswer> {
    return this.send('DELETE', `/api/v1/${path}`, bearer(token));
  }

  /** Any request; an answer without JSON has `json: undefined`. */
  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string | Buffer,
  ): Promise<HttpAnswer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
    const json: unknown = isJson ? JSON.parse(text) : undefined;
    return { status: answer.status, headers: answer.headers, json };
  }

  /** Delivers a signed release webhook to the source `ci`. */
  async webhook(
    release: WebhookRelease,
    options: { readonly id?: string; readonly now?: number } = {},
  ): Promise<HttpAnswer> {
    const body = releaseBody(release, options.now);
    const headers = signedHeaders(body, { ...options, secret: WEBHOOK_SECRET });
    return this.send('POST', '/webhooks/ci', headers, body);
  }

  /** Delivers a release and waits until it is settled. */
  async release(
    release: WebhookRelease,
    options: { readonly id?: string; readonly now?: number } = {},
  ): Promise<DeliveryAnswer> {
    const answer = await this.webhook(release, options);
    const [receipt] = Receipts.parse(answer.json).deliveries;
    if (receipt === undefined) throw new Error(`the webhook was answered with ${answer.status}`);
    return this.settled(receipt.id);
  }

  async delivery(id: number): Promise<DeliveryAnswer> {
    return DeliveryAnswer.parse((await this.get(`deliveries/${id}`)).json);
  }

  /** Waits until a delivery is no longer pending. */
  async settled(id: number): Promise<DeliveryAnswer> {
    return this.until(
      () => this.delivery(id),
      ({ status }) => status !== 'pending',
    );
  }

  /** Current tags of a repository as the ledger has them, by name. */
  async tags(slug = SLUG): Promise<ReadonlyMap<string, TagAnswer>> {
    const answer = await this.get(`repositories/${slug}/tags?limit=200`);
    const { items } = pageOf(TagAnswer).parse(answer.json);
    return new Map(items.map((item) => [item.tag, item]));
  }

  /** Applied moves, newest first. */
  async moves(query = ''): Promise<readonly MoveAnswer[]> {
    const answer = await this.get(`moves?limit=200${query}`);
    return pageOf(MoveAnswer).parse(answer.json).items;
  }

  /** Polls until a condition holds; fails with the last value after 45 s. */
  async until<Value>(
    read: () => Promise<Value>,
    isDone: (value: Value) => boolean,
  ): Promise<Value> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 1.3, LAST_POLL_MS)) {
      const value = await read();
      if (isDone(value)) return value;
      if (performance.now() > deadline) {
        throw new Error(`still waiting, last seen: ${JSON.stringify(value)}`);
      }
      await pause(pauseMs);
    }
  }
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
});

/** A whole Tagward in this process, listening on a port of its own. */
export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly client: ServiceClient;
  readonly config: TestConfig;
  /** Stops it; the database stays for a service that is started with the same config. */
  stop(): Promise<void>;
}

export interface ServiceOptions extends TestConfigOptions {
  readonly clock?: Clock;
  /** A config that is there already, such as that of a service which was stopped. */
  readonly config?: TestConfig;
  /** Its environment; empty unless given. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a Tagward against a registry. The caller stops it and removes its config. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const config = options.config ?? writeTestConfig(options);
  const settings = loadSettings({ path: config.path, env: options.env ?? {} });
  const { clock } = options;
  const app = await createApp(settings, clock === undefined ? {} : { clock });
  await app.listen(0, '127.0.0.1');
  const client = new ServiceClient(await app.getUrl());
  return { app, client, config, stop: () => app.close() };
}
