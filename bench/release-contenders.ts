import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from 'undici';
import { findTool, type ToolName } from '../scripts/peers';
import { releaseBody, signedHeaders } from '../test/support/signed-webhook';
import { WEBHOOK_SECRET } from '../test/support/test-config';
import { Receipts } from '../src/deliveries/delivery.schema';
import type { MeasuredService } from './measured-service';
import { RawLoop } from './raw-loop';

/** `latest` is last: contenders that go one by one are done when it moves. */
export const MOVING_TAGS = ['1.0', '1', 'latest'] as const;

const run = promisify(execFile);

export interface Contender {
  readonly name: string;
  readonly repository: string;
  /** Why it does not take part. */
  readonly skipped?: string;
  /** Moves all tags to a release; resolves when it says that it is done. */
  release(tag: string): Promise<void>;
  /** Waits until nothing of the release is left to be done. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** The service: signed webhook in, tags live. It says that it is done when the webhook is stored. */
export function serviceContender(service: MeasuredService): Contender {
  const repository = 'gallery/service';
  const http = new Client(service.client.url, { keepAliveTimeout: 60_000 });
  let delivery = 0;
  return {
    name: 'Tagward',
    repository,
    release: async (tag) => {
      const body = releaseBody({ repository, tag });
      const headers = signedHeaders(body, { secret: WEBHOOK_SECRET });
      const answer = await http.request({ method: 'POST', path: '/webhooks/ci', headers, body });
      delivery = Receipts.parse(await answer.body.json()).deliveries[0]?.id ?? 0;
    },
    settle: async () => {
      await service.client.settled(delivery);
    },
    close: () => http.close(),
  };
}

export function rawContender(registryUrl: string): Contender {
  const repository = 'gallery/raw';
  const loop = new RawLoop(registryUrl);
  return {
    name: 'raw loop',
    repository,
    release: (tag) => loop.release(repository, tag, MOVING_TAGS),
    settle: nothing,
    close: () => loop.close(),
  };
}

/** Arguments of each call that a command line tool needs for one release. */
type Calls = (image: string, tag: string) => readonly (readonly string[])[];

export function toolContenders(registryUrl: string): readonly Contender[] {
  const host = new URL(registryUrl).host;
  const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  return [
    toolContender('oras', host, (image, tag) => [
      ['tag', '--plain-http', `${image}:${tag}`, ...MOVING_TAGS],
    ]),
    toolContender('crane', host, (image, tag) =>
      MOVING_TAGS.map((moving) => ['tag', '--insecure', `${image}:${tag}`, moving]),
    ),
    toolContender('skopeo', host, (image, tag) =>
      MOVING_TAGS.map((moving) => [
        ...['--insecure-policy', 'copy', '--quiet', ...insecure],
        ...[`docker://${image}:${tag}`, `docker://${image}:${moving}`],
      ]),
    ),
  ];
}

function toolContender(tool: ToolName, host: string, calls: Calls): Contender {
  const path = findTool(tool);
  const repository = `gallery/${tool}`;
  return {
    name: tool,
    repository,
    ...(path === undefined ? { skipped: 'not installed: npm run bench -- --install' } : {}),
    release: async (tag) => {
      for (const call of calls(`${host}/${repository}`, tag)) await run(path ?? tool, [...call]);
    },
    settle: nothing,
    close: nothing,
  };
}
