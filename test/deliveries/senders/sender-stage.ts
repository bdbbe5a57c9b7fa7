import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeliveryAnswer } from '../../../src/deliveries/delivery.schema';
import { REFUSAL } from '../../../src/deliveries/sources/source';
import type { Clock } from '../../../src/runtime/clock';
import { type HttpAnswer, Problem, type RunningService, startService } from '../../support/service';
import { type TestConfig, writeTestConfig } from '../../support/test-config';
import { listDeliveries, NOWHERE, type Receipt, receiptOf, receiptsOf } from '../delivery-list';

/** Host of the registry of these suites, as payloads name it. Nobody listens there. */
export const HOST = new URL(NOWHERE).host;

/** An address behind `/webhooks/`, headers and a body. */
export interface SentRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface StageOptions {
  /** What stands between the braces of a source in the configuration, by its id. */
  readonly sources: Readonly<Record<string, string>>;
  /** Texts of the files in `./secrets`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Of the registry `local`, where its host must be one of a product: nobody is asked there. */
  readonly registryUrl?: string;
}

/** A running service with sources of one kind, and what is asked of it in each of their suites. */
export class SenderStage {
  private constructor(private readonly service: RunningService) {}

  static async start({ clock, ...options }: StageOptions): Promise<SenderStage> {
    const config = configWith(options);
    const timed = clock === undefined ? {} : { clock };
    // A proxy that nobody listens at: a host of a product is compared, and never reached.
    const env = { http_proxy: NOWHERE, https_proxy: NOWHERE };
    return new SenderStage(await startService({ registryUrl: NOWHERE, config, env, ...timed }));
  }

  async stop(): Promise<void> {
    await this.service.stop();
    this.service.config.remove();
  }

  /** Sends a body: text and bytes as they are, all else as JSON. */
  send({ path, headers = {}, body }: SentRequest): Promise<HttpAnswer> {
    const all = { 'content-type': 'application/json', ...headers };
    return this.service.client.send('POST', `/webhooks/${path}`, all, bytesOf(body));
  }

  /** The one delivery of a request, with its status towards the sender and as it is stored. */
  async deliver(request: SentRequest): Promise<Delivered> {
    const answer = await this.send(request);
    const receipt = receiptOf(answer);
    return { status: answer.status, receipt, stored: await this.stored(receipt) };
  }

  /** All deliveries of a request. */
  async deliverAll(request: SentRequest): Promise<readonly Delivered[]> {
    const answer = await this.send(request);
    const receipts = receiptsOf(answer);
    const stored = await Promise.all(receipts.map((receipt) => this.stored(receipt)));
    return receipts.flatMap((receipt, index) => {
      const row = stored[index];
      return row === undefined ? [] : [{ status: answer.status, receipt, stored: row }];
    });
  }

  /** How a request is refused, beside the same request to no source at all. */
  async refusalOf({ path, headers = {}, body }: SentRequest): Promise<typeof REFUSED> {
    const before = await listDeliveries(this.service.client);
    const [source = '', ...rest] = path.split('/');
    const refused = await this.send({ path, headers, body });
    const nowhere = [`${source}-that-is-none`, ...rest].join('/');
    const unknown = await this.send({ path: nowhere, headers, body });
    const after = await listDeliveries(this.service.client);
    const problems = [refused, unknown].map(({ json }) => Problem.parse(json));
    return {
      statuses: [refused.status, unknown.status],
      codes: problems.map(({ code }) => code),
      details: problems.map(({ detail }) => detail),
      members: new Set(problems.map((problem) => Object.keys(problem).join())).size,
      newRows: after.length - before.length,
    };
  }

  private stored({ id }: Receipt): Promise<DeliveryAnswer> {
    return this.service.client.delivery(id);
  }
}

/** What `refusalOf` gives for a request that is not authenticated. */
export const REFUSED = {
  statuses: [401, 404],
  codes: ['authentication-failed', 'source-unknown'],
  details: [REFUSAL, REFUSAL],
  /** Sets of members that the two answers have. */
  members: 1,
  newRows: 0,
};

export interface Delivered {
  /** Of the HTTP answer. */
  readonly status: number;
  readonly receipt: Receipt;
  readonly stored: DeliveryAnswer;
}

/** The bytes of a body, as `send` sends them. */
export function bytesOf(body: unknown): string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
}

function configWith(options: Omit<StageOptions, 'clock'>): TestConfig {
  const { sources, secrets, registryUrl = NOWHERE } = options;
  const config = writeTestConfig({ registryUrl });
  for (const [name, text] of Object.entries(secrets)) {
    writeFileSync(join(config.folder, 'secrets', name), `${text}\n`);
  }
  const lines = Object.entries(sources).map(([id, text]) => `  ${id}: { ${text} }\n`);
  const yaml = readFileSync(config.path, 'utf8');
  writeFileSync(config.path, yaml.replace('\ntokens:\n', `\n${lines.join('')}tokens:\n`));
  return config;
}
