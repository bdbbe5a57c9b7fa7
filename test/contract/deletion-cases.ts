import assert from 'node:assert/strict';
import { type Digest, parseTagName } from '../../src/core/names';
import { RegistryError } from '../../src/registry/registry-error';
import { contentOf } from './content';
import {
  type CaseOutcome,
  type ContractCase,
  type ContractContext,
  OK,
  ok,
  skipped,
  unsupported,
} from './contract-case';
import { assertAllAt, attempt, described } from './helpers';
import { rawDelete } from './truth';

const DOOMED = parseTagName('doomed');
const SIBLING = parseTagName('sibling');
const OTHER = parseTagName('other');
const REFUSALS = ['unsupported', 'denied', 'refused', 'unauthorized', 'unexpected-answer'];

export const DELETION_CASES: readonly ContractCase[] = [
  {
    capability: 'tag-delete',
    title: 'deletes one tag and nothing else, or leaves everything in place',
    essential: true,
    run: deletesTag,
  },
  {
    capability: 'digest-delete',
    title: 'deletes a manifest with all its tags, or leaves everything in place',
    essential: true,
    run: deletesDigest,
  },
  {
    capability: 'probes',
    title: 'finds out what can be deleted without changing anything',
    run: probesChangeNothing,
  },
  {
    capability: 'child-protection',
    title: 'sees whether the registry protects the parts of an index',
    run: seesChildProtection,
  },
];

async function pushThree({ repository }: ContractContext): Promise<{
  readonly shared: Awaited<ReturnType<typeof repository.push>>;
  readonly other: Awaited<ReturnType<typeof repository.push>>;
}> {
  const shared = await repository.push('image', 'shared', DOOMED, SIBLING);
  const other = await repository.push('image', 'other', OTHER);
  return { shared, other };
}

async function deletesTag(context: ContractContext): Promise<CaseOutcome> {
  const { client, repository } = context;
  const { shared, other } = await pushThree(context);
  const inTruth = await rawDelete(repository, 'tag');
  const { tagDelete } = await client.probeDeletion(repository.name);
  assert.equal(tagDelete, inTruth.means, `after ${inTruth.status}`);

  const outcome = await attempt(client.deleteTag(repository.name, DOOMED));

  await assertAllAt(repository, [SIBLING], shared);
  await assertAllAt(repository, [OTHER], other);
  if (outcome instanceof RegistryError) {
    await assertAllAt(repository, [DOOMED], shared);
    assert.ok(REFUSALS.includes(outcome.code), outcome.message);
    return unsupported(described(outcome));
  }
  assert.equal(outcome, 'deleted');
  assert.ok(['works', 'unproven'].includes(tagDelete), `it works, but ${tagDelete} was found`);
  assert.equal(await repository.digestAt(DOOMED), undefined);
  assert.equal(await client.deleteTag(repository.name, DOOMED), 'absent');
  return OK;
}

async function deletesDigest(context: ContractContext): Promise<CaseOutcome> {
  const { client, repository } = context;
  const { shared, other } = await pushThree(context);
  const inTruth = await rawDelete(repository, 'digest');
  const { digestDelete } = await client.probeDeletion(repository.name);
  assert.equal(digestDelete, inTruth.means, `after ${inTruth.status}`);

  const outcome = await attempt(client.deleteManifest(repository.name, shared.digest));

  await assertAllAt(repository, [OTHER], other);
  if (outcome instanceof RegistryError) {
    await assertAllAt(repository, [DOOMED, SIBLING], shared);
    assert.ok(REFUSALS.includes(outcome.code), outcome.message);
    return unsupported(described(outcome));
  }
  assert.equal(outcome, 'deleted');
  assert.ok(
    ['works', 'unproven'].includes(digestDelete),
    `it works, but ${digestDelete} was found`,
  );
  const left = (await repository.digestsAt([DOOMED, SIBLING])).filter((one) => one !== undefined);
  return left.length === 0 ? OK : unsupported('its tags go on answering');
}

async function probesChangeNothing(context: ContractContext): Promise<CaseOutcome> {
  const { client, repository } = context;
  const { shared, other } = await pushThree(context);
  const before = [...(await client.listTags(repository.name))].sort();

  const { tagDelete, digestDelete } = await client.probeDeletion(repository.name);

  assert.deepEqual([...(await client.listTags(repository.name))].sort(), before);
  await assertAllAt(repository, [DOOMED, SIBLING], shared);
  await assertAllAt(repository, [OTHER], other);
  return ok(`tags: ${tagDelete}, digests: ${digestDelete}`);
}

async function seesChildProtection({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const content = contentOf('index', 'whole');
  const index = await repository.pushContent(content, '1.0.0');
  const child: Digest = content.children[0]?.manifest.digest ?? index.digest;

  const outcome = await attempt(client.deleteManifest(repository.name, child));

  assert.equal(await repository.digestAt('1.0.0'), index.digest);
  const isThere = (await repository.digestAt(child)) !== undefined;
  if (!(outcome instanceof RegistryError)) {
    return isThere ? ok('left in place') : unsupported('a part of a live index can be deleted');
  }
  assert.ok(isThere, 'the part is gone although its deletion was refused');
  const { digestDelete } = await client.probeDeletion(repository.name);
  return digestDelete === 'works' || digestDelete === 'unproven'
    ? ok(described(outcome))
    : skipped('nothing can be deleted by digest');
}
