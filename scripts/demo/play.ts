import type { INestApplication } from '@nestjs/common';
import type { Decision } from '../../src/core/decision';
import { parseRepositoryName } from '../../src/core/names';
import type { DeliveryAnswer } from '../../src/deliveries/delivery.schema';
import { ImageRegistry } from '../../src/registry/image-registry';
import { RegistryError } from '../../src/registry/registry-error';
import type { SimulatedClock } from '../../src/runtime/clock';
import { pushImage, pushIndex } from '../push-image';
import type { DemoClient } from './client';
import {
  CHAPTERS,
  type Chapter,
  EXPECTED_LANES,
  EXPECTED_PRUNED,
  LANES,
  MONTHS,
  OLDER_RELEASES,
  REPOSITORY,
  THE_END,
} from './story';
import { formatTable } from './tables';

export const SLUG = 'local~gallery~ui';

export interface Stage {
  readonly registryUrl: string;
  readonly client: DemoClient;
  readonly clock: SimulatedClock;
}

/** What is not as the story says; empty when all is well. */
type Faults = readonly string[];

/** Pushes real images, sends real webhooks, and prints what each of them moved. */
export async function playReleases({ registryUrl, client, clock }: Stage): Promise<Faults> {
  for (const tag of OLDER_RELEASES) await push(registryUrl, tag, false);
  const faults: string[] = [];
  for (const [index, chapter] of CHAPTERS.entries()) {
    const at = new Date(chapter.at);
    clock.set(at.getTime());
    if (!chapter.again) await push(registryUrl, chapter.tag, chapter.multiArch);
    const delivery = await client.release(REPOSITORY, chapter.tag, at, `demo-run-${index + 1}`);
    printChapter(chapter, delivery);
    if (delivery.status !== 'done') {
      faults.push(
        `${chapter.tag} ended ${delivery.status}: ${delivery.error?.text ?? 'no reason'}`,
      );
    }
  }
  clock.set(Date.parse(THE_END));
  return faults;
}

async function push(url: string, tag: string, multiArch: boolean): Promise<void> {
  const image = { url, repository: REPOSITORY, tag, content: `gallery/ui ${tag}\n` };
  await (multiArch ? pushIndex(image) : pushImage(image));
}

function printChapter({ at, tag, story }: Chapter, { outcome }: DeliveryAnswer): void {
  console.log(`\n${at.slice(0, 10)}  ${tag}  ${story}`);
  const rows = (outcome?.decisions ?? []).map(({ tag: moving, action, reason }) => [
    moving,
    action satisfies Decision['action'],
    reason.text,
  ]);
  console.log(formatTable(rows));
}

/** Asks what each tag was at the end of each month, prints the lanes, and compares them. */
export async function showLanes({ client }: Stage): Promise<Faults> {
  const faults: string[] = [];
  const rows: string[][] = [['', ...MONTHS]];
  for (const tag of LANES) {
    const row = [tag];
    for (const [column, month] of MONTHS.entries()) {
      const found = await client.at(SLUG, tag, endOf(month));
      const release = found?.release ?? null;
      const expected = EXPECTED_LANES[tag]?.[column] ?? null;
      row.push(release ?? '-');
      if (release === expected) continue;
      faults.push(`${tag} was ${release ?? 'absent'} in ${month}, not ${expected ?? 'absent'}`);
    }
    rows.push(row);
  }
  console.log(`\nWhere the moving tags were at the end of each month:\n${formatTable(rows)}`);
  return faults;
}

/** The last millisecond of a month, in UTC. */
function endOf(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1) - 1).toISOString();
}

/** Shows a retention plan, runs it, and compares what went. */
export async function prune({ client }: Stage): Promise<Faults> {
  const plan = await client.planRetention(SLUG);
  const rows = plan.decisions.map(({ tag, verdict, reasons }) => [
    tag,
    verdict,
    reasons.map(({ text }) => text).join('; '),
  ]);
  console.log(`\nRetention plan ${plan.id} (${plan.policy}):\n${formatTable(rows)}`);
  const run = await client.prune(plan);
  const pruned = run.items.filter(({ state }) => state === 'pruned').map(({ tag }) => tag);
  console.log(`\nRun ${run.id} is ${run.status}; pruned: ${pruned.join(', ')}`);
  const asExpected = JSON.stringify(pruned) === JSON.stringify(EXPECTED_PRUNED);
  return asExpected ? [] : [`pruned ${pruned.join(', ')}, not ${EXPECTED_PRUNED.join(', ')}`];
}

/** Deletes every tag through Tagward's own registry client; the registry must then list none. */
export async function deleteEverything(app: INestApplication): Promise<Faults> {
  const registry = app.get(ImageRegistry);
  const repository = parseRepositoryName(`local/${REPOSITORY}`);
  for (const tag of await registry.listTags(repository)) {
    try {
      await registry.deleteTag(repository, tag);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'unsupported') throw error;
      // Distribution 2.8 deletes manifests only, and with them all of their tags.
      const manifest = await registry.findManifest(repository, tag);
      if (manifest !== undefined) await registry.deleteManifest(repository, manifest.digest);
    }
  }
  const left = await registry.listTags(repository);
  console.log(`\nDeleted every tag; the registry lists ${left.length}.`);
  return left.length === 0 ? [] : [`the registry still lists ${left.join(', ')}`];
}
