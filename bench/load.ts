import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { releaseBody, signedHeaders } from '../test/support/signed-webhook';
import { answerParent } from './child';
import { Connection } from './load-connection';
import { summarise } from './statistics';

/** Keeps connections busy with signed webhooks. A process of its own, with as little work as can be. */
const Load = z.object({
  url: z.string(),
  secret: z.string(),
  repository: z.string(),
  tag: z.string(),
  connections: z.number(),
  seconds: z.number(),
  /** Requests signed beforehand; the round ends early when they are used up. */
  requests: z.number(),
});
type Load = z.infer<typeof Load>;

async function run(load: Load): Promise<object> {
  const requests = signRequests(load);
  const latencies: number[] = [];
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const end = start + load.seconds * 1_000;
  const next = (): Buffer | undefined => (performance.now() < end ? requests.pop() : undefined);
  const url = new URL(load.url);
  const statuses = new Map<number, number>();
  const onAnswer = (status: number, latency: number): void => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    latencies.push(latency);
  };
  await Promise.all(
    Array.from({ length: load.connections }, () => new Connection(url, next, onAnswer).run()),
  );
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  const accepted = statuses.get(202) ?? 0;
  const { median, p99 } = summarise(latencies);
  const cpuShare = (user + system) / 1_000 / elapsed;
  const perSecond = (accepted / elapsed) * 1_000;
  return { accepted, refused: latencies.length - accepted, perSecond, median, p99, cpuShare };
}

function signRequests({ url, secret, repository, tag, requests }: Load): Buffer[] {
  const { host } = new URL(url);
  const run = randomUUID();
  return Array.from({ length: requests }, (_, index) => {
    const body = releaseBody({ repository, tag });
    const headers = signedHeaders(body, { id: `${run}-${index}`, secret });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
    return Buffer.from(
      `POST /webhooks/ci HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}${length}\r\n${body}`,
    );
  });
}

answerParent(Load, run);
