import { z } from 'zod';
import { WEBHOOK_SECRET, writeTestConfig } from '../test/support/test-config';
import { Child } from './child';
import { MeasuredService, pushReleases } from './measured-service';
import { startBenchRegistry } from './registry';
import { countDeliveries } from './stored-deliveries';

export const REPOSITORY = 'gallery/ui';
export const TAG = '1.0.0';

/** A receiver of webhooks that was started for one round and ends with it. */
export interface Receiver {
  readonly url: string;
  /** CPU time used so far, in microseconds. */
  cpu(): Promise<number>;
  /** Ends it with kill -9; throws unless its database then has at least so many deliveries. */
  finish(accepted: number): Promise<void>;
}

export interface AcceptContender {
  readonly name: string;
  start(): Promise<Receiver>;
}

const Listening = z.object({ url: z.string() });
const Cpu = z.object({ cpu: z.number() });

const bareRoute: AcceptContender = {
  name: 'bare Fastify route',
  start: async () => {
    const child = new Child('bare-route');
    const { url } = await child.ask({ kind: 'start', secret: WEBHOOK_SECRET }, Listening);
    const cpu = async (): Promise<number> => (await child.ask({ kind: 'cpu' }, Cpu)).cpu;
    return { url, cpu, finish: () => child.stop() };
  },
};

/** What is measured is what it can take, and not what it is told to. */
export const NO_LIMITS =
  'limits: { deliveriesPerSource: 0, pendingPerSource: 10000000, pendingInTotal: 10000000 }';

/** One release is announced again and again under new ids: it was published and its tags are right. */
function service(name: string, registryRuns: boolean): AcceptContender {
  return {
    name,
    start: async () => {
      const registry = await startBenchRegistry();
      await pushReleases(registry.url, REPOSITORY, { from: 0, count: 1 });
      const measured = await MeasuredService.start(
        registry.url,
        writeTestConfig({ registryUrl: registry.url, extra: [NO_LIMITS] }),
      );
      await measured.adopt(REPOSITORY, TAG);
      if (!registryRuns) await registry.stop();
      return {
        url: measured.client.url,
        cpu: () => measured.cpuTime(),
        finish: async (accepted) => {
          await measured.kill();
          const stored = await countDeliveries(measured.config.databasePath);
          await Promise.all([measured.remove(), registry.stop()]);
          if (stored < accepted) throw new Error(`${accepted} accepted, only ${stored} stored`);
        },
      };
    },
  };
}

/** The reference is first. */
export const ACCEPT_CONTENDERS: readonly AcceptContender[] = [
  bareRoute,
  service('Tagward', true),
  service('Tagward, registry down', false),
];
