import assert from 'node:assert/strict';
import { parseTagName } from '../../src/core/names';
import type { HttpImageRegistry } from '../../src/registry/http-image-registry';
import {
  type CaseOutcome,
  type ContractCase,
  type ContractContext,
  ok,
  skipped,
} from './contract-case';
import type { CountingProxy } from './counting-proxy';
import { assertAllAt, tagsOf } from './helpers';
import { rawMultiTag } from './truth';

const MOVING = ['1.2.3', '1.2', '1', 'latest'].map(parseTagName);
const NO_COUNTS = skipped('requests are counted over plain HTTP only');
/** The registry asked for patience, or had trouble of its own: not the client's doing. */
const BUSY = new Set([429, 500, 502, 503, 504]);

export const REQUEST_CASES: readonly ContractCase[] = [
  {
    capability: 'requests-new-tags',
    title: 'puts four new tags with one GET and as few PUTs as the registry takes',
    essential: true,
    run: countsNewTags,
  },
  {
    capability: 'requests-cached',
    title: 'puts four tags without any GET when it has read the manifest before',
    run: countsCached,
  },
  {
    capability: 'requests-already-right',
    title: 'sees with a HEAD for each that four tags are right, and writes nothing',
    run: countsAlreadyRight,
  },
  {
    capability: 'token-requests',
    title: 'asks for one token for each repository and scope, and wastes no request on a 401',
    essential: true,
    run: countsTokens,
  },
];

interface Counted {
  readonly client: HttpImageRegistry;
  readonly proxy: CountingProxy;
}

/** A client that has found out what it needs to know, in another repository. */
async function warmedUp(context: ContractContext): Promise<Counted | undefined> {
  const other = context.newRepository();
  const manifest = await other.push('image', 'warm');
  const counted = await context.connectCounted();
  if (counted === undefined) return undefined;
  await counted.client.putTags(other.name, tagsOf(3), manifest);
  // The first requests to a repository may also be those for its token.
  await counted.client.findManifest(context.repository.name, parseTagName('nothing'));
  counted.proxy.forget();
  return counted;
}

/** `GET 1, PUT 4`; requests that the registry put off are not the client's choice. */
function countOf({ requests }: CountingProxy): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { method, status } of requests) {
    if (!BUSY.has(status)) counts[method] = (counts[method] ?? 0) + 1;
  }
  return counts;
}

/** The PUTs that four tags need: one, or one each, and what a partial answer leaves. */
async function putsNeeded(
  { repository }: ContractContext,
  warm: Counted,
): Promise<readonly number[]> {
  const manifest = await repository.push('image', 'asked');
  const { status, named } = await rawMultiTag(repository, manifest, MOVING.length);
  const { multiTag } = await warm.client.capabilities(repository.name);
  if (multiTag !== 'works') return [MOVING.length];
  if (status === 414 || status === 431) return [2, 3, 4];
  return [1 + MOVING.length - named.length];
}

async function countsNewTags(context: ContractContext): Promise<CaseOutcome> {
  const warm = await warmedUp(context);
  if (warm === undefined) return NO_COUNTS;
  const { repository } = context;
  const puts = await putsNeeded(context, warm);
  const { digest } = await repository.push('index', 'counted');

  const manifest = await warm.client.getManifest(repository.name, digest);
  await warm.client.putTags(repository.name, MOVING, manifest);

  await assertAllAt(repository, MOVING, manifest);
  const { PUT = 0, ...others } = countOf(warm.proxy);
  assert.deepEqual(others, { GET: 1 });
  assert.ok(puts.includes(PUT), `${PUT} PUTs, but ${puts.join(' or ')} are needed`);
  return ok(`1 GET, ${PUT} PUT`);
}

async function countsCached(context: ContractContext): Promise<CaseOutcome> {
  const warm = await warmedUp(context);
  if (warm === undefined) return NO_COUNTS;
  const { repository } = context;
  const puts = await putsNeeded(context, warm);
  const { digest } = await repository.push('index', 'cached');
  await warm.client.getManifest(repository.name, digest);
  warm.proxy.forget();

  const manifest = await warm.client.getManifest(repository.name, digest);
  await warm.client.putTags(repository.name, MOVING, manifest);

  await assertAllAt(repository, MOVING, manifest);
  const { PUT = 0, ...others } = countOf(warm.proxy);
  assert.deepEqual(others, {});
  assert.ok(puts.includes(PUT), `${PUT} PUTs, but ${puts.join(' or ')} are needed`);
  return ok(`${PUT} PUT`);
}

async function countsAlreadyRight(context: ContractContext): Promise<CaseOutcome> {
  const warm = await warmedUp(context);
  if (warm === undefined) return NO_COUNTS;
  const { repository } = context;
  const { digest } = await repository.push('index', 'right', ...MOVING);
  const head = await repository.send('HEAD', `manifests/${digest}`, { accept: '*/*' });

  const found = await Promise.all(
    MOVING.map((tag) => warm.client.findManifest(repository.name, tag)),
  );

  assert.ok(found.every((one) => one?.digest === digest));
  const { HEAD = 0, ...others } = countOf(warm.proxy);
  assert.equal(HEAD, MOVING.length);
  if (head.status === 200 && head.headers['docker-content-digest'] === undefined) {
    // Without the header only the bytes tell.
    assert.deepEqual(others, { GET: MOVING.length });
    return ok('4 HEAD, 4 GET: it sends no digest header');
  }
  assert.deepEqual(others, {});
  return ok('4 HEAD');
}

async function countsTokens(context: ContractContext): Promise<CaseOutcome> {
  const { tokenRequests } = context.target;
  if (tokenRequests === undefined) return skipped('nobody counts tokens here');
  const repositories = [context.repository, context.newRepository()];
  for (const repository of repositories) await repository.push('image', 'token', '1.0.0');
  const counted = await context.connectCounted();
  if (counted === undefined) return NO_COUNTS;
  const before = tokenRequests();

  for (const { name } of repositories) {
    const manifest = await counted.client.getManifest(name, parseTagName('1.0.0'));
    await counted.client.putTags(name, MOVING, manifest);
    await Promise.all(MOVING.map((tag) => counted.client.findManifest(name, tag)));
  }

  assert.equal(tokenRequests() - before, repositories.length);
  // The very first one, by which the client learns where tokens come from.
  assert.equal(counted.proxy.requests.filter(({ status }) => status === 401).length, 1);
  return ok('1 for each repository');
}
