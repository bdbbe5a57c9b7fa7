import { setTimeout as pause } from 'node:timers/promises';
import { expectedMovingTags, registryTags } from '../test/faults/laws';
import {
  blobPull,
  blobPush,
  envelope,
  eventHeaders,
  pull,
  push,
} from '../test/deliveries/distribution-events';
import { listDeliveries } from '../test/deliveries/delivery-list';
import { pushImage } from '../scripts/push-image';
import { writeTestConfig } from '../test/support/test-config';
import { NO_LIMITS } from './accept-contenders';
import { MeasuredService } from './measured-service';
import { startBenchRegistry } from './registry';
import { DelayingProxy } from './retag-counts';
import { summarise } from './statistics';
import { fixed, mebibytes, printTable } from './table';

const PATH = 'gallery/ui';
const EVENTS = 5_000;
/** One event of so many is a push of a tag. */
const PUSH_EVERY = 20;
const AT_A_TIME = 16;
const RELEASES = 50;
const WITHIN_MS = 1_000;

/** What comes all at once: notifications that are mostly noise, and releases of one repository. */
export async function benchBursts(): Promise<void> {
  await benchNoise();
  await benchReleases();
}

/** One event in a request, as Distribution sends them. */
async function benchNoise(): Promise<void> {
  const registry = await startBenchRegistry();
  const digest = await pushImage({
    url: registry.url,
    repository: PATH,
    tag: '1.0.0',
    content: '1',
  });
  const config = writeTestConfig({ registryUrl: registry.url, extra: [NO_LIMITS] });
  const service = await MeasuredService.start(registry.url, config);
  const { host } = new URL(registry.url);
  const target = { repository: PATH, host };
  const events = Array.from({ length: EVENTS }, (_, number) => {
    const event = [pull, blobPull, blobPush][number % 3] ?? pull;
    if (number % PUSH_EVERY > 0) return event(String(number), target);
    const pushed = push('1.0.0', target);
    return { ...pushed, target: { ...pushed.target, digest } };
  });
  const send = async (event: object): Promise<number> => {
    const begun = performance.now();
    const body = envelope(event);
    const { status } = await service.client.send('POST', '/webhooks/events', eventHeaders(), body);
    if (status >= 300) throw new Error(`an event was answered with ${status}`);
    return performance.now() - begun;
  };
  await sendAll(events.slice(0, EVENTS / 5), send);
  const before = (await service.usage()).heap;
  const begun = performance.now();
  const times = await sendAll(events, send);
  const seconds = (performance.now() - begun) / 1_000;
  const grown = (await service.usage()).heap - before;
  const stored = (await listDeliveries(service.client)).length;
  const { median, p99 } = summarise(times);
  await Promise.all([service.remove(), registry.stop()]);
  const head = [
    'notifications',
    'pushes of tags',
    'stored with warm-up',
    'a second',
    'p50 ms',
    'p99 ms',
  ];
  printTable([
    [...head, 'MiB of heap more'],
    [
      ...[String(EVENTS), String(EVENTS / PUSH_EVERY), String(stored), fixed(EVENTS / seconds, 0)],
      ...[fixed(median), fixed(p99), mebibytes(grown)],
    ],
  ]);
}

async function sendAll(
  events: readonly object[],
  send: (event: object) => Promise<number>,
): Promise<readonly number[]> {
  const waiting = [...events];
  const times: number[] = [];
  const sendNext = async (): Promise<void> => {
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
      times.push(await send(event));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, sendNext));
  return times;
}

/** Announced evenly over a second, oldest and newest mixed. */
async function benchReleases(): Promise<void> {
  const registry = await startBenchRegistry();
  const proxy = await DelayingProxy.start(registry.url, 0);
  const { url } = proxy;
  await pushImage({ url: registry.url, repository: PATH, tag: '1.0.0', content: '1.0.0' });
  const service = await MeasuredService.start(url, writeTestConfig({ registryUrl: url }));
  await service.adopt(PATH, '1.0.0');
  // 7 and 50 have no factor in common: every minor is met, in no order.
  const tags = Array.from({ length: RELEASES }, (_, number) => {
    const place = (number * 7) % RELEASES;
    return `1.${1 + (place % 5)}.${Math.floor(place / 5)}`;
  });
  for (const tag of tags)
    await pushImage({ url: registry.url, repository: PATH, tag, content: tag });
  await proxy.counts();
  const reconcilesBefore = await countReconciles(service);
  const begun = performance.now();
  await Promise.all(
    tags.map(async (tag, number) => {
      await pause((number * WITHIN_MS) / RELEASES);
      await service.client.webhook({ repository: PATH, tag });
    }),
  );
  await service.client.until(
    () => listDeliveries(service.client, '&status=pending'),
    (pending) => pending.length === 0,
  );
  const seconds = (performance.now() - begun) / 1_000;
  const passed = await proxy.counts();
  const reconciles = (await countReconciles(service)) - reconcilesBefore;
  const found = await registryTags(registry.url, PATH);
  const published = new Map(['1.0.0', ...tags].map((tag) => [tag, found.get(tag) ?? 'absent']));
  const expected = [...expectedMovingTags(published)];
  const right = expected.filter(([tag, digest]) => found.get(tag) === digest).length;
  await Promise.all([service.remove(), proxy.stop(), registry.stop()]);
  printTable([
    [
      'releases in a second',
      'reconciles',
      'manifest PUTs',
      'moving tags right',
      'all settled after s',
    ],
    [
      ...[String(RELEASES), String(reconciles), String(passed['PUT'] ?? 0)],
      ...[`${right} of ${expected.length}`, fixed(seconds, 2)],
    ],
  ]);
}

/** Each reconcile takes the lease of its repository once. */
async function countReconciles({ client }: MeasuredService): Promise<number> {
  const text = await (await fetch(`${client.url}/metrics`)).text();
  return Number(/^tagward_lease_wait_seconds_count (\d+)$/m.exec(text)?.[1] ?? NaN);
}
