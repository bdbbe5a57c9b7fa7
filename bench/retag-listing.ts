import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'undici';
import type { RunningRegistry } from '../scripts/distribution';
import { parseRepositoryName, type TagName } from '../src/core/names';
import { usedHeap } from './garbage';
import type { BenchOptions } from './options';
import { ClientModule } from './retag-client';
import { Releases } from './retag-releases';
import { metOrMissed } from './retag-report';
import { medianRatio, summarise } from './statistics';
import { fixed, mebibytes, printTable, times } from './table';

const TAGS = 100_000;
const REPOSITORY = 'gallery/many-tags';
const AT_MOST = 1.3;

/** All tags of a large repository by the client, beside a GET of the same bytes. */
export async function benchListing(
  registry: RunningRegistry,
  { quick }: BenchOptions,
): Promise<void> {
  await seed(registry);
  const client = new ClientModule(registry.url);
  const pool = new Pool(registry.url, { connections: 1 });
  const [listed, bare]: [number[], number[]] = [[], []];
  let bytes = 0;
  const before = await memoryAfter(client, 1);
  for (let round = -1; round < (quick ? 5 : 15); round += 1) {
    const steps = [
      async () => {
        const ms = await msOf(() => list(client));
        if (round >= 0) listed.push(ms);
      },
      async () => {
        const ms = await msOf(async () => (bytes = await get(pool)));
        if (round >= 0) bare.push(ms);
      },
    ];
    for (const step of round % 2 === 0 ? steps : steps.toReversed()) await step();
  }
  printListing({ listed, bare, bytes });
  printMemory(before, await memoryAfter(client, 1), await heldByTags(client));
  await Promise.all([client.close(), pool.close()]);
}

/** Bytes. */
interface Memory {
  readonly heap: number;
  readonly resident: number;
}

/** What is in use after so many listings and a garbage collection. */
async function memoryAfter(client: ClientModule, listings: number): Promise<Memory> {
  for (let listing = 0; listing < listings; listing += 1) await list(client);
  return { heap: usedHeap(), resident: process.memoryUsage().rss };
}

/** Bytes that the tags themselves take for as long as somebody has them. */
async function heldByTags(client: ClientModule): Promise<number> {
  const before = usedHeap();
  const tags = await list(client);
  const held = usedHeap() - before;
  return tags.length === 0 ? NaN : held;
}

function printMemory(before: Memory, after: Memory, held: number): void {
  const heap = mebibytes(after.heap - before.heap);
  const resident = mebibytes(after.resident - before.resident);
  console.log(
    `memory, MiB: one list of tags holds ${mebibytes(held)}; over all rounds the heap grew by ${heap}, resident memory by ${resident}`,
  );
}

async function list(client: ClientModule): Promise<readonly TagName[]> {
  const tags = await client.registry.listTags(parseRepositoryName(`local/${REPOSITORY}`));
  if (tags.length < TAGS) throw new Error(`only ${tags.length} tags were listed`);
  return tags;
}

async function get(pool: Pool): Promise<number> {
  const path = `/v2/${REPOSITORY}/tags/list`;
  const { body } = await pool.request({ method: 'GET', path });
  return (await body.arrayBuffer()).byteLength;
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** As files of the registry: 100,000 requests would take minutes. */
async function seed({ url, storageDir = '' }: RunningRegistry): Promise<void> {
  const releases = new Releases(url);
  const digest = await releases.push(REPOSITORY, '1.0.0');
  await releases.close();
  const root = join(storageDir, 'docker/registry/v2/repositories', REPOSITORY, '_manifests/tags');
  for (let patch = 1; patch < TAGS; patch += 1) {
    const folder = join(root, `1.0.${patch}`);
    mkdirSync(folder);
    mkdirSync(join(folder, 'current'));
    writeFileSync(join(folder, 'current/link'), digest);
  }
}

interface Measured {
  readonly listed: readonly number[];
  readonly bare: readonly number[];
  readonly bytes: number;
}

function printListing({ listed, bare, bytes }: Measured): void {
  const own = summarise(listed);
  const reference = summarise(bare);
  const ratio = own.median / reference.median;
  const verdict = `${times(AT_MOST)}: ${metOrMissed(ratio <= AT_MOST)}`;
  const row = (name: string, { count, median, p99 }: typeof own): string[] => {
    return [name, String(count), fixed(median), fixed(p99)];
  };
  printTable([
    [
      `${TAGS} tags, ${bytes} bytes`,
      'rounds',
      'p50 ms',
      'p99 ms',
      'p50 vs GET',
      'by round',
      'required',
    ],
    [
      ...row('client module, listTags', own),
      times(ratio),
      times(medianRatio(listed, bare)),
      verdict,
    ],
    [...row('bare GET', reference), times(1), times(1), ''],
  ]);
}
