import { setTimeout as pause } from 'node:timers/promises';
import { MeasuredService, pushReleases, type Usage } from './measured-service';
import { describeRegistry, startBenchRegistry } from './registry';
import { mebibytes, printTable } from './table';

const REPOSITORY = 'gallery/ui';
const DELIVERIES = 1_000;
const AT_A_TIME = 20;
const SETTLE_MS = 2_000;

/** What the service takes while it does nothing, before and after work. */
export async function benchMemory(): Promise<void> {
  const registry = await startBenchRegistry();
  await pushReleases(registry.url, REPOSITORY, { from: 0, count: AT_A_TIME });
  const service = await MeasuredService.start(registry.url);
  try {
    console.log(describeRegistry(registry));
    await pause(SETTLE_MS);
    const idle = await service.usage();
    await service.adopt(REPOSITORY, '1.0.0');
    await deliver(service);
    await pause(SETTLE_MS);
    const head = ['MiB', 'resident', 'resident after collection', 'heap after collection'];
    const after = `idle after ${DELIVERIES} deliveries`;
    printTable([head, rowOf('idle after start', idle), rowOf(after, await service.usage())]);
  } finally {
    await service.remove();
    await registry.stop();
  }
}

/** All releases of the repository again and again, each delivery under an id of its own. */
async function deliver({ client }: MeasuredService): Promise<void> {
  for (let sent = 0; sent < DELIVERIES; sent += AT_A_TIME) {
    const group = Array.from({ length: AT_A_TIME }, (_, patch) => `1.0.${patch}`);
    await Promise.all(group.map((tag) => client.release({ repository: REPOSITORY, tag })));
  }
}

function rowOf(name: string, { rss, rssAfterGc, heap }: Usage): string[] {
  return [name, ...[rss, rssAfterGc, heap].map(mebibytes)];
}
