import { CONTRACT_CASES } from './cases';
import { type ContractCase, runCase } from './contract-case';
import { ContractRepository } from './contract-repository';
import { tagsOf } from './helpers';
import { RawRegistry } from './raw-registry';
import type { StartableTarget } from './startable';
import type { ContractTarget } from './target';

const LONGEST_DETAIL = 300;
const MEASURED_TAGS = 24;
const MANY_TAGS = 1_200;
const FEWER_TAGS = 250;
/** How long the tags of the longest listing may take to push. */
const MANY_TAGS_MS = 10_000;

/** What one case came to on one registry: a line of the output. */
export interface ContractResult {
  readonly registry: string;
  readonly capability: string;
  readonly result: 'ok' | 'unsupported' | 'failed' | 'skipped';
  readonly detail?: string;
}

/** Runs the contract on a registry of this machine; `*` stands for all of it. */
export async function* resultsOn(startable: StartableTarget): AsyncGenerator<ContractResult> {
  const { registry } = startable;
  if (!startable.available) {
    yield { registry, capability: '*', result: 'skipped', detail: startable.reason };
    return;
  }
  const started = await startable.start();
  try {
    const cases = CONTRACT_CASES.filter((one) => !startable.essentialOnly || one.essential);
    for (const one of cases) yield await resultOf(one, started.target);
  } finally {
    await started.stop();
  }
}

/** Runs the contract on a registry that somebody else runs, once it is seen to take a push. */
export async function* resultsAt(
  target: Omit<ContractTarget, 'manyTags'>,
): AsyncGenerator<ContractResult> {
  const { registry } = target;
  let manyTags: number;
  try {
    manyTags = await affordableTags({ ...target, manyTags: 0 });
  } catch (error) {
    yield { registry, capability: 'push', result: 'failed', detail: detailOf(error) };
    return;
  }
  yield { registry, capability: 'push', result: 'ok' };
  for (const one of CONTRACT_CASES) yield await resultOf(one, { ...target, manyTags });
}

async function resultOf(one: ContractCase, target: ContractTarget): Promise<ContractResult> {
  const name = { registry: target.registry, capability: one.capability };
  try {
    return { ...name, ...(await runCase(one, target)) };
  } catch (error) {
    return { ...name, result: 'failed', detail: detailOf(error) };
  }
}

/** Pushes a few tags to see how fast that is. Throws what keeps a push away. */
async function affordableTags(target: ContractTarget): Promise<number> {
  const raw = new RawRegistry(target);
  const repository = new ContractRepository(raw, `${target.prefix}first`);
  try {
    const manifest = await repository.push('image', 'first');
    const startedAt = performance.now();
    await repository.putMany(tagsOf(MEASURED_TAGS), manifest);
    const each = (performance.now() - startedAt) / MEASURED_TAGS;
    return each * MANY_TAGS < MANY_TAGS_MS ? MANY_TAGS : FEWER_TAGS;
  } finally {
    await repository.cleanUp().catch(() => undefined);
    await raw.close();
  }
}

/** On one line; the message of an assertion goes on with the values. */
function detailOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  const text = error instanceof Error ? `${error.message} ${cause}` : String(error);
  return text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_DETAIL);
}
