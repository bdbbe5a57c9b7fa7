import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setImmediate as immediately } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Credential, CredentialSource } from '../../src/registry/credentials/credential';
import { CredentialHelpers } from '../../src/registry/credentials/credential-helpers';
import { credentialSourceOf } from '../../src/registry/credentials/credential-source';
import { SimulatedClock } from '../../src/runtime/clock';
import { registryErrorOf } from '../support/fake-registry-client';

const SECRET = 's3cret-of-the-helper';
const ANSWER = JSON.stringify({ ServerURL: 'registry.test', Username: 'robot', Secret: SECRET });
const PATH = process.env['PATH'];
let folder = '';
let clock = new SimulatedClock(0);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tagward-helpers-'));
  clock = new SimulatedClock(1_800_000_000_000);
  process.env['PATH'] = [folder, PATH].join(delimiter);
});

afterEach(() => {
  process.env['PATH'] = PATH;
  rmSync(folder, { recursive: true });
});

/** A helper as a shell script; each of its runs leaves its argument and its input in the log. */
function install(name: string, script: string): void {
  const path = join(folder, `docker-credential-${name}`);
  const log = `printf '%s %s\\n' "$1" "$(cat)" >> '${join(folder, name)}.log'`;
  writeFileSync(path, `#!/bin/sh\n${log}\n${script}\n`);
  chmodSync(path, 0o755);
}

function runsOf(name: string): readonly string[] {
  const path = join(folder, `${name}.log`);
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}

function sourceOf(
  config: object,
  helpers: readonly string[] = ['one', 'two'],
  host = 'registry.test',
): CredentialSource {
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify(config));
  const credentials = { kind: 'docker-config', path, helpers } as const;
  return credentialSourceOf({ id: 'local', url: new URL(`https://${host}`), credentials }, clock);
}

function textOf(credential: Credential | undefined): string {
  if (credential === undefined) return 'none';
  return credential.kind === 'password'
    ? `${credential.username}:${credential.password.reveal()}`
    : `${credential.username ?? ''}<token> ${credential.token.reveal()}`;
}

const answering = (username: string): string =>
  `echo '${JSON.stringify({ Username: username, Secret: 's' })}'`;
const NOT_FOUND = "echo 'credentials not found in native keychain'; exit 1";
const auths = { 'registry.test': { auth: Buffer.from('file:s').toString('base64') } };

describe('a docker config with helpers', () => {
  it.each([
    [
      'credHelpers first',
      { credHelpers: { 'registry.test': 'one' }, credsStore: 'two', auths },
      'one:s',
    ],
    ['credsStore second', { credsStore: 'two', auths }, 'two:s'],
    [
      'credHelpers of another host not at all',
      { credHelpers: { 'x.test': 'one' }, auths },
      'file:s',
    ],
    ['credHelpers by URL', { credHelpers: { 'https://registry.test/v1/': 'one' } }, 'one:s'],
    ['the next place after one that has nothing', { credsStore: 'none', auths }, 'file:s'],
    [
      'credsStore after a host helper that has nothing',
      { credHelpers: { 'registry.test': 'none' }, credsStore: 'two' },
      'two:s',
    ],
    ['nothing where no place has anything', { credsStore: 'none' }, 'none'],
    ['an identity token', { credsStore: 'identity' }, '<token> s'],
  ])('asks %s', async (_name, config, expected) => {
    for (const name of ['one', 'two']) install(name, answering(name));
    install('none', NOT_FOUND);
    install('identity', answering('<token>'));

    const source = sourceOf(config, ['one', 'two', 'none', 'identity']);

    expect(textOf(await source.read())).toBe(expected);
  });

  it.each([
    ['registry.test', 'registry.test'],
    ['registry.test:5000', 'registry.test:5000'],
    ['registry-1.docker.io', 'https://index.docker.io/v1/'],
  ])('asks for %s by "get" and %s', async (host, key) => {
    install('one', answering('one'));

    await sourceOf({ credsStore: 'one' }, ['one'], host).read();

    expect(runsOf('one')).toEqual([`get ${key}`]);
  });

  it.each([
    ['credsStore', { credsStore: 'one' }, [] as readonly string[], 'one'],
    ['credHelpers', { credHelpers: { 'registry.test': 'one' } }, ['two'], 'one'],
    ['a path', { credsStore: '../one' }, ['../one'], '../one'],
    ['a command', { credsStore: 'one;id' }, ['one;id'], 'one;id'],
    ['capitals', { credsStore: 'One' }, ['One'], 'One'],
  ])('runs no helper that is not allowed: %s', async (_name, config, allowed, name) => {
    install('one', answering('one'));

    const error = await registryErrorOf(sourceOf(config, allowed).read());

    expect(error).toMatchObject({ code: 'unauthorized', retryable: true });
    expect(error.message).toContain('registries.local.auth.helpers');
    expect(error.message).toContain(`docker-credential-${name}`);
    expect(runsOf('one')).toEqual([]);
  });

  it('takes what stands in the file where its helper is not allowed', async () => {
    install('one', answering('one'));

    expect(textOf(await sourceOf({ credsStore: 'one', auths }, []).read())).toBe('file:s');
    expect(runsOf('one')).toEqual([]);
  });

  it.each([
    ['is not installed', undefined, 'ENOENT'],
    ['fails', `echo 'locked: ${SECRET}'; echo ${SECRET} >&2; exit 3`, 'exit code 3'],
    ['writes no JSON', `echo ${SECRET}`, 'without Username and Secret'],
    ['writes no secret', `echo '{"Username":"a","Secret":""}'`, 'without Username and Secret'],
    ['writes too much', 'yes "$(seq 1 2000)" | head -c 200000', '65536 bytes'],
  ])('that %s ends in unauthorized without its words', async (_name, script, reason) => {
    if (script !== undefined) install('one', script);

    const error = await registryErrorOf(sourceOf({ credsStore: 'one' }).read());

    expect(error).toMatchObject({ code: 'unauthorized', retryable: true });
    expect(error.message).toContain('docker-credential-one');
    expect(error.message).toContain(reason);
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  });

  it('says that nothing was found where a helper has nothing', async () => {
    install('none', NOT_FOUND);
    const source = sourceOf({ credsStore: 'none' }, ['none']);

    expect(await source.read()).toBeUndefined();
    expect(source.fault()).toContain('registry.test');
  });
});

describe(CredentialHelpers.name, () => {
  it('runs once however many ask, and again after five minutes or when that is asked for', async () => {
    install('one', `echo '${ANSWER}'`);
    const helpers = new CredentialHelpers(['one'], clock);
    const runs: number[] = [];

    await Promise.all(Array.from({ length: 8 }, () => helpers.get('one', 'registry.test')));
    runs.push(runsOf('one').length);
    clock.advance(299_999);
    await helpers.get('one', 'registry.test');
    runs.push(runsOf('one').length);
    clock.advance(1);
    await helpers.get('one', 'registry.test');
    runs.push(runsOf('one').length);
    await helpers.get('one', 'registry.test', true);
    runs.push(runsOf('one').length);

    expect(runs).toEqual([1, 1, 2, 3]);
  });

  it('keeps what a helper said last while it fails', async () => {
    install('one', `echo '${ANSWER}'`);
    const helpers = new CredentialHelpers(['one'], clock);
    const before = await helpers.get('one', 'registry.test');
    install('one', 'exit 1');

    expect(await helpers.get('one', 'registry.test', true)).toEqual(before);
    expect(helpers.fault()).toContain('exit code 1');
  });

  it('ends a helper that does not answer', async () => {
    install('one', 'sleep 600');
    const limits = { timeoutMs: 50, maxBytes: 1_000 };
    const helpers = new CredentialHelpers(['one'], clock, limits);

    expect(await helpers.get('one', 'registry.test')).toEqual({
      reason: 'docker-credential-one did not answer in 0.05 s',
    });
  });

  it('ends a helper with what it has started', async () => {
    const path = join(folder, 'pid');
    install('one', `sleep 600 & echo $! > '${path}'; head -c 100000 /dev/zero; wait`);

    await new CredentialHelpers(['one'], clock).get('one', 'registry.test');
    const pid = Number(readFileSync(path, 'utf8'));
    while (isRunning(pid)) await immediately();

    expect(isRunning(pid)).toBe(false);
  });

  it('takes an answer of a helper that does not read its input', async () => {
    const path = join(folder, 'docker-credential-one');
    writeFileSync(path, `#!/bin/sh\nexec <&-\necho '${ANSWER}'\n`);
    chmodSync(path, 0o755);

    const found = await new CredentialHelpers(['one'], clock).get('one', 'registry.test');

    expect(found).toMatchObject({ value: { username: 'robot' } });
    expect(inspect(found, { depth: 10 })).not.toContain(SECRET);
  });
});

/** A process that has ended but was not waited for counts as ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
