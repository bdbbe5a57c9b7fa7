import { z } from 'zod';
import { WEBHOOK_SECRET } from '../test/support/test-config';
import { ACCEPT_CONTENDERS, type AcceptContender, REPOSITORY, TAG } from './accept-contenders';
import { benchBursts } from './accept-bursts';
import { Child } from './child';
import type { BenchOptions } from './options';
import { medianOf, medianRatio } from './statistics';
import { fixed, printTable } from './table';

const CONNECTIONS = 64;
/** Until the compilers of both have settled; a service runs for weeks. */
const WARM_UP = { seconds: 8, requests: 60_000 };
/** Per second and above what any receiver here takes. */
const SIGNED_PER_SECOND = 40_000;

const LoadResult = z.object({
  accepted: z.number(),
  refused: z.number(),
  perSecond: z.number(),
  median: z.number(),
  p99: z.number(),
  cpuShare: z.number(),
});

interface Round extends z.infer<typeof LoadResult> {
  /** CPU time of the receiver for one webhook, whoever else uses the machine. */
  readonly cpuPerWebhook: number;
}

/** Webhooks that are durably accepted in a second. */
export async function benchAccept({ quick }: BenchOptions): Promise<void> {
  const plan = quick ? { rounds: 2, seconds: 2 } : { rounds: 4, seconds: 5 };
  console.log(`${plan.rounds} rounds of ${plan.seconds} s, ${CONNECTIONS} connections`);
  const rounds = new Map(ACCEPT_CONTENDERS.map(({ name }): [string, Round[]] => [name, []]));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const contender of ACCEPT_CONTENDERS) {
      rounds.get(contender.name)?.push(await runRound(contender, plan.seconds));
    }
  }
  printRounds(rounds);
  await benchBursts();
}

async function runRound(contender: AcceptContender, seconds: number): Promise<Round> {
  const receiver = await contender.start();
  const load = new Child('load');
  const base = { url: receiver.url, secret: WEBHOOK_SECRET, repository: REPOSITORY, tag: TAG };
  const question = { ...base, connections: CONNECTIONS };
  const warm = await load.ask({ ...question, ...WARM_UP }, LoadResult);
  const cpuBefore = await receiver.cpu();
  const requests = seconds * SIGNED_PER_SECOND;
  const result = await load.ask({ ...question, seconds, requests }, LoadResult);
  const cpuPerWebhook = ((await receiver.cpu()) - cpuBefore) / result.accepted;
  await load.stop();
  await receiver.finish(warm.accepted + result.accepted);
  return { ...result, cpuPerWebhook };
}

function printRounds(rounds: ReadonlyMap<string, readonly Round[]>): void {
  const [reference = []] = rounds.values();
  const rows = Array.from(rounds, ([name, own]) => {
    const middle = (key: keyof Round): number => medianOf(own.map((round) => round[key]));
    const share = medianRatio(perSecond(own), perSecond(reference)) * 100;
    return [
      ...[name, fixed(middle('perSecond'), 0), `${fixed(share, 0)} %`],
      ...[fixed(middle('median')), fixed(middle('p99')), fixed(middle('cpuPerWebhook'), 0)],
      ...[`${fixed(middle('cpuShare') * 100, 0)} %`, String(sum(own, 'refused'))],
    ];
  });
  const head = ['webhooks', 'accepted/s', 'of the bare route', 'p50 ms', 'p99 ms'];
  printTable([[...head, 'CPU us each', 'generator CPU', 'not 202'], ...rows]);
}

function perSecond(rounds: readonly Round[]): readonly number[] {
  return rounds.map((round) => round.perSecond);
}

function sum(rounds: readonly Round[], key: keyof Round): number {
  return rounds.reduce((total, round) => total + round[key], 0);
}
