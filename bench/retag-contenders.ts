import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Pool } from 'undici';
import type { ToolName } from '../scripts/peers';
import { Receipts } from '../src/deliveries/delivery.schema';
import { releaseBody, signedHeaders } from '../test/support/signed-webhook';
import { WEBHOOK_SECRET } from '../test/support/test-config';
import type { MeasuredService } from './measured-service';
import { ClientModule } from './retag-client';
import { type Retag, RetagLoop } from './retag-loops';
import { runnableTool } from '../scripts/runnable-tool';

export const NAMES = {
  service: 'Tagward, webhook to tags live',
  client: 'client module',
  raw: 'raw loop, same requests',
  fewest: 'raw loop, fewest requests',
  oras: 'oras tag',
  crane: 'crane tag',
  regctl: 'regctl image copy',
  skopeo: 'skopeo copy --all',
} as const;
export type RetagName = keyof typeof NAMES;

export interface RetagContender {
  readonly id: RetagName;
  /** Why it does not take part. */
  readonly skipped?: string;
  /**
   * `called`: it is done when its promise resolves, in this process. `watched`: it is done when the
   * registry's files show it. Command line tools take part in some rounds only.
   */
  readonly kind: 'called' | 'watched' | 'tool';
  retag(retag: Retag): Promise<void>;
  /** Waits until nothing of the release is left to be done. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

export function retagContenders(
  registryUrl: string,
  service: MeasuredService,
): readonly RetagContender[] {
  const host = new URL(registryUrl).host;
  return [
    ...calledContenders(registryUrl),
    serviceContender(service),
    tool('oras', ({ image, release, tags }) => [
      ['tag', '--plain-http', `${host}/${image}:${release}`, ...tags],
    ]),
    tool('crane', ({ image, release, tags }) =>
      tags.map((tag) => ['tag', '--insecure', `${host}/${image}:${release}`, tag]),
    ),
    tool('regctl', ({ image, release, tags }) =>
      tags.map((tag) => [
        ...['image', 'copy', '--host', `reg=${host},tls=disabled`],
        ...[`${host}/${image}:${release}`, `${host}/${image}:${tag}`],
      ]),
    ),
    tool('skopeo', ({ image, release, tags }) =>
      tags.map((tag) => [
        ...['--insecure-policy', 'copy', '--all', '--quiet'],
        ...['--src-tls-verify=false', '--dest-tls-verify=false'],
        ...[`docker://${host}/${image}:${release}`, `docker://${host}/${image}:${tag}`],
      ]),
    ),
  ];
}

export function calledContenders(registryUrl: string): readonly RetagContender[] {
  const client = new ClientModule(registryUrl);
  const [same, fewest] = [new RetagLoop(registryUrl), new RetagLoop(registryUrl)];
  const common = { kind: 'called', settle: nothing } as const;
  return [
    { ...common, id: 'client', retag: (one) => client.retag(one), close: () => client.close() },
    { ...common, id: 'raw', retag: (one) => same.asClient(one), close: () => same.close() },
    { ...common, id: 'fewest', retag: (one) => fewest.fewest(one), close: () => fewest.close() },
  ];
}

/** Sends a signed webhook and answers the id of its delivery, which is durable by then. */
export class WebhookSender {
  private readonly http: Pool;

  constructor(serviceUrl: string) {
    this.http = new Pool(serviceUrl, { keepAliveTimeout: 60_000, connections: 8 });
  }

  async send({ repository, release }: Pick<Retag, 'repository' | 'release'>): Promise<number> {
    const body = releaseBody({ repository, tag: release });
    const headers = signedHeaders(body, { secret: WEBHOOK_SECRET });
    const answer = await this.http.request({ method: 'POST', path: '/webhooks/ci', headers, body });
    const [receipt] = Receipts.parse(await answer.body.json()).deliveries;
    if (receipt === undefined)
      throw new Error(`the webhook was answered with ${answer.statusCode}`);
    return receipt.id;
  }

  close(): Promise<void> {
    return this.http.close();
  }
}

function serviceContender(service: MeasuredService): RetagContender {
  const sender = new WebhookSender(service.client.url);
  let delivery = 0;
  return {
    id: 'service',
    kind: 'watched',
    retag: async (one) => {
      delivery = await sender.send(one);
    },
    settle: async () => {
      await service.client.settled(delivery);
    },
    close: () => sender.close(),
  };
}

type Calls = (
  retag: Omit<Retag, 'repository'> & { readonly image: string },
) => readonly (readonly string[])[];

function tool(id: ToolName, calls: Calls): RetagContender {
  const common = { id, kind: 'tool', settle: nothing, close: nothing } as const;
  const found = runnableTool(id);
  if (typeof found === 'string') return { ...common, skipped: found, retag: nothing };
  const { path, env } = found;
  const run = promisify(execFile);
  return {
    ...common,
    retag: async ({ repository, ...rest }) => {
      for (const call of calls({ ...rest, image: repository })) await run(path, [...call], { env });
    },
  };
}
