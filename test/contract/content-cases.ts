import assert from 'node:assert/strict';
import { parseDigest, parseTagName } from '../../src/core/names';
import { RegistryError } from '../../src/registry/registry-error';
import type { ContentKind } from './content';
import {
  type CaseOutcome,
  type ContractCase,
  type ContractContext,
  OK,
  unsupported,
} from './contract-case';
import { assertCode, attempt, described } from './helpers';

const STABLE = parseTagName('stable');
const VERSION = parseTagName('1.0.0');
const ABSENT = parseTagName('not-there');
const NO_DIGEST = parseDigest(`sha256:${'ab'.repeat(32)}`);

export const CONTENT_CASES: readonly ContractCase[] = [
  {
    capability: 'image',
    title: 'keeps the bytes of an OCI image over a retag',
    essential: true,
    run: (context) => keepsBytes(context, 'image'),
  },
  {
    capability: 'index',
    title: 'keeps the bytes of an OCI index over a retag',
    essential: true,
    run: (context) => keepsBytes(context, 'index'),
  },
  {
    capability: 'docker-image',
    title: 'keeps the bytes of a Docker image over a retag',
    run: (context) => keepsBytes(context, 'docker-image'),
  },
  {
    capability: 'docker-list',
    title: 'keeps the bytes of a Docker manifest list over a retag',
    run: (context) => keepsBytes(context, 'docker-list'),
  },
  {
    capability: 'artifact',
    title: 'keeps the bytes of an OCI artifact over a retag',
    run: (context) => keepsBytes(context, 'artifact'),
  },
  {
    capability: 'head-and-get',
    title: 'finds by HEAD what GET reads, by tag and by digest',
    essential: true,
    run: headAndGetAgree,
  },
  {
    capability: 'absent-names',
    title: 'tells absent tags, digests and repositories from errors',
    essential: true,
    run: findsNothing,
  },
];

async function keepsBytes(
  { client, repository }: ContractContext,
  kind: ContentKind,
): Promise<CaseOutcome> {
  const pushed = await repository.push(kind, 'kept', VERSION);
  const read = await client.getManifest(repository.name, VERSION);
  assert.deepEqual(read, pushed);

  await client.putManifest(repository.name, STABLE, read);

  const moved = await repository.read(STABLE);
  assert.ok(moved.body.equals(pushed.bytes), 'the bytes behind the new tag are others');
  assert.equal(String(moved.headers['content-type']).split(';')[0], pushed.mediaType);
  return OK;
}

async function headAndGetAgree({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const { digest, mediaType } = await repository.push('index', 'agreed', VERSION);
  for (const reference of [VERSION, digest]) {
    const found = await client.findManifest(repository.name, reference);
    const read = await client.getManifest(repository.name, reference);
    assert.deepEqual({ digest: found?.digest, mediaType: found?.mediaType }, { digest, mediaType });
    assert.deepEqual({ digest: read.digest, mediaType: read.mediaType }, { digest, mediaType });
  }
  return OK;
}

async function findsNothing(context: ContractContext): Promise<CaseOutcome> {
  const { client, repository } = context;
  await repository.push('image', 'there', VERSION);
  assert.equal(await client.findManifest(repository.name, ABSENT), undefined);
  assert.equal(await client.findManifest(repository.name, NO_DIGEST), undefined);
  await assertCode(client.getManifest(repository.name, ABSENT), 'manifest-unknown');

  const unknown = context.newRepository().name;
  const listed = await attempt(client.listTags(unknown));
  if (listed instanceof RegistryError) {
    // Some registries do not tell strangers which repositories there are.
    assert.ok(['unauthorized', 'denied'].includes(listed.code), listed.message);
    return unsupported(`unknown repositories are answered with ${described(listed)}`);
  }
  assert.deepEqual(listed, []);
  assert.equal(await client.findManifest(unknown, ABSENT), undefined);
  return OK;
}
