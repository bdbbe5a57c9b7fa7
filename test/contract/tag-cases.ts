import assert from 'node:assert/strict';
import { parseTagName, type TagName } from '../../src/core/names';
import type { ImageRegistry, Manifest } from '../../src/registry/image-registry';
import { RegistryError } from '../../src/registry/registry-error';
import {
  type CaseOutcome,
  type ContractCase,
  type ContractContext,
  OK,
  ok,
  unsupported,
} from './contract-case';
import type { ContractRepository } from './contract-repository';
import { assertAllAt, attempt, described, tagsOf } from './helpers';
import { rawMultiTag } from './truth';

const STABLE = parseTagName('stable');
const MOVING = ['1.2.3', '1.2', '1', 'latest'].map(parseTagName);

export const TAG_CASES: readonly ContractCase[] = [
  { capability: 'new-tag', title: 'points one new tag at a manifest', run: putsOne },
  {
    capability: 'moved-tag',
    title: 'moves a tag, which then has the new digest',
    essential: true,
    run: movesOne,
  },
  {
    capability: 'immutable-tags',
    title: 'leaves a tag where it is when the registry refuses to move it',
    run: seesImmutable,
  },
  {
    capability: 'new-tags',
    title: 'points four new tags at a manifest',
    essential: true,
    run: putsFour,
  },
  { capability: 'moved-tags', title: 'moves four tags at once', run: movesFour },
  {
    capability: 'multi-tag',
    title: 'finds out whether one request can write several tags, and uses what it finds',
    essential: true,
    run: findsMultiTag,
  },
  {
    capability: 'many-tags',
    title: 'points 12 and then 45 tags at a manifest in one call',
    run: putsMany,
  },
];

async function putsOne({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const manifest = await repository.push('index', 'one');
  await client.putManifest(repository.name, STABLE, manifest);
  await assertAllAt(repository, [STABLE], manifest);
  return OK;
}

interface Move {
  readonly from: Manifest;
  readonly to: Manifest;
  readonly refused: RegistryError | undefined;
}

/** Moves a tag, and holds the outcome against what the registry has afterwards. */
async function move(client: ImageRegistry, repository: ContractRepository): Promise<Move> {
  const from = await repository.push('image', 'from', STABLE);
  const to = await repository.push('index', 'to', '2.0.0');
  const outcome = await attempt(client.putManifest(repository.name, STABLE, to));
  const refused = outcome instanceof RegistryError ? outcome : undefined;
  await assertAllAt(repository, [STABLE], refused === undefined ? to : from);
  return { from, to, refused };
}

async function movesOne({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const { to, refused } = await move(client, repository);
  if (refused !== undefined) return isImmutable(refused);
  assert.equal((await client.findManifest(repository.name, STABLE))?.digest, to.digest);
  return OK;
}

async function seesImmutable({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const { refused } = await move(client, repository);
  if (refused === undefined) return unsupported('tags can be moved');
  isImmutable(refused);
  return ok(described(refused));
}

/** A refusal has to be final: trying again would change nothing. */
function isImmutable(refused: RegistryError): CaseOutcome {
  assert.ok(['refused', 'denied'].includes(refused.code), refused.message);
  assert.equal(refused.retryable, false);
  return unsupported(`tags cannot be moved (${described(refused)})`);
}

async function putsFour({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const manifest = await repository.push('index', 'four');
  await putAll(client, repository, { tags: MOVING, manifest });
  return OK;
}

async function movesFour({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const from = await repository.push('image', 'before', ...MOVING);
  const to = await repository.push('index', 'after');
  const { written, failed } = await client.putTags(repository.name, MOVING, to);
  const [error] = failed.values();
  if (error instanceof RegistryError && written.size === 0) {
    await assertAllAt(repository, MOVING, from);
    return isImmutable(error);
  }
  assert.deepEqual([...failed.keys()], []);
  await assertAllAt(repository, MOVING, to);
  return OK;
}

async function putAll(
  client: ImageRegistry,
  repository: ContractRepository,
  { tags, manifest }: { readonly tags: readonly TagName[]; readonly manifest: Manifest },
): Promise<void> {
  const { written, failed } = await client.putTags(repository.name, tags, manifest);
  assert.deepEqual([...failed.values()], []);
  assert.deepEqual([...written].sort(), [...tags].sort());
  await assertAllAt(repository, tags, manifest);
}

async function findsMultiTag({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const manifest = await repository.push('index', 'several');
  const { status, named, created } = await rawMultiTag(repository, manifest, 3);
  assert.ok(
    named.every((tag) => created.includes(tag)),
    'the registry names tags that are not there',
  );

  await putAll(client, repository, { tags: tagsOf(3), manifest });

  const { multiTag } = await client.capabilities(repository.name);
  if (named.length > 0) {
    assert.equal(multiTag, 'works');
    return ok(`${named.length} of 3 tags in one request`);
  }
  // A registry that takes fewer than three at once may well have shown so.
  if (status !== 414 && status !== 431) assert.notEqual(multiTag, 'works');
  if (status < 300) assert.equal(multiTag, 'unsupported');
  return unsupported(`${status}, no tag named`);
}

async function putsMany({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const manifest = await repository.push('index', 'many');
  await putAll(client, repository, { tags: tagsOf(12, 'a'), manifest });
  await putAll(client, repository, { tags: tagsOf(45, 'b'), manifest });
  return OK;
}
