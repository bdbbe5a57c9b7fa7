import assert from 'node:assert/strict';
import { parseTagName } from '../../src/core/names';
import { RegistryError } from '../../src/registry/registry-error';
import { credentials } from '../support/fake-registry-client';
import {
  type CaseOutcome,
  type ContractCase,
  type ContractContext,
  OK,
  skipped,
} from './contract-case';
import { assertAllAt, assertCode, attempt, tagsOf } from './helpers';

const STABLE = parseTagName('stable');
const ROUNDS = 5;

export const ACCESS_CASES: readonly ContractCase[] = [
  {
    capability: 'wrong-credentials',
    title: 'says unauthorized for a wrong password',
    essential: true,
    run: refusesWrongPassword,
  },
  {
    capability: 'wrong-ca',
    title: 'says certificate-untrusted without the authority that signed the certificate',
    essential: true,
    run: refusesUnknownAuthority,
  },
  {
    capability: 'two-writers',
    title: 'ends with one of two digests when two clients write the same tag',
    run: letsOneWin,
  },
  {
    capability: 'concurrent-retags',
    title: 'moves 20 tags at once while they are read',
    run: retagsAtOnce,
  },
];

async function refusesWrongPassword(context: ContractContext): Promise<CaseOutcome> {
  const { target, repository } = context;
  if (target.credentials === undefined) return skipped('it is used without credentials');
  await repository.push('image', 'guarded', '1.0.0');
  const { username } = target.credentials;
  const stranger = context.connect({ credentials: credentials(username, 'not the password') });
  await assertCode(stranger.listTags(repository.name), 'unauthorized');
  return OK;
}

async function refusesUnknownAuthority(context: ContractContext): Promise<CaseOutcome> {
  const { target, repository } = context;
  if (target.ca === undefined) return skipped('no private authority signed its certificate');
  const distrustful = context.connect({ ca: undefined });
  await assertCode(distrustful.listTags(repository.name), 'certificate-untrusted');
  return OK;
}

async function letsOneWin(context: ContractContext): Promise<CaseOutcome> {
  const { client, repository } = context;
  const one = await repository.push('image', 'one');
  const other = await repository.push('index', 'other');
  const rival = context.connect();
  for (const round of tagsOf(ROUNDS, 'round')) {
    const outcomes = await Promise.all([
      attempt(client.putManifest(repository.name, round, one)),
      attempt(rival.putManifest(repository.name, round, other)),
    ]);
    const held = await repository.digestAt(round);
    assert.ok(held === one.digest || held === other.digest, `the tag is at ${held ?? 'nothing'}`);
    for (const outcome of outcomes) {
      // Where tags cannot be moved the second one is refused.
      if (outcome instanceof RegistryError) assert.equal(outcome.code, 'refused');
    }
    assert.equal((await client.findManifest(repository.name, round))?.digest, held);
  }
  return OK;
}

async function retagsAtOnce({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const tags = tagsOf(20);
  const manifest = await repository.push('index', 'hot', STABLE);
  const writes = tags.map((tag) => client.putManifest(repository.name, tag, manifest));
  const reads = tags.map(() => client.findManifest(repository.name, STABLE));
  await Promise.all(writes);
  for (const found of await Promise.all(reads)) assert.equal(found?.digest, manifest.digest);
  await assertAllAt(repository, tags, manifest);
  return OK;
}
