import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Secret } from '../../src/config/secret';
import { credentialSourceOf } from '../../src/registry/credentials/credential-source';
import type { Credential, CredentialSource } from '../../src/registry/credentials/credential';
import { SimulatedClock } from '../../src/runtime/clock';
import { registryErrorOf } from '../support/fake-registry-client';

const PASSWORD = 'pass:word-5up3r';
const HUB = 'https://index.docker.io/v1/';
let folder = '';
let clock = new SimulatedClock(0);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tagward-credentials-'));
  clock = new SimulatedClock(1_800_000_000_000);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** `user:password`, or `<token> token`, with the user in front where there is one. */
function textOf(credential: Credential | undefined): string {
  if (credential === undefined) return 'none';
  if (credential.kind === 'password') {
    return `${credential.username}:${credential.password.reveal()}`;
  }
  return `${credential.username ?? ''}<token> ${credential.token.reveal()}`;
}

/** A source of a docker config with this content, and how to write another one. */
function dockerConfig(
  content: unknown,
  { host = 'registry.test', helpers = [] as readonly string[] } = {},
): { readonly source: CredentialSource; readonly write: (next: unknown) => void } {
  const path = join(folder, 'config.json');
  const write = (next: unknown): void => {
    writeFileSync(path, typeof next === 'string' ? next : JSON.stringify(next));
  };
  write(content);
  const credentials = { kind: 'docker-config', path, helpers } as const;
  const url = new URL(`https://${host}`);
  return { source: credentialSourceOf({ id: 'local', url, credentials }, clock), write };
}

describe('a password file', () => {
  function passwordFile(): { readonly source: CredentialSource; readonly path: string } {
    const path = join(folder, 'password');
    const credentials = {
      kind: 'password',
      username: 'AWS',
      password: new Secret('first'),
      passwordFile: path,
    } as const;
    const url = new URL('https://registry.test');
    return { source: credentialSourceOf({ id: 'local', url, credentials }, clock), path };
  }

  it.each([
    ['next', 'next'],
    ['next\n', 'next'],
    ['next\r\n', 'next'],
    ['next\n\n', 'next\n'],
    [' next ', ' next '],
    // Half-written, and no password of anybody.
    ['', 'first'],
    ['\n', 'first'],
    ['x'.repeat(70_000), 'first'],
  ])('with %j is the password %j', async (content, password) => {
    const { source, path } = passwordFile();
    writeFileSync(path, content);

    expect(textOf(await source.read())).toBe(`AWS:${password}`);
  });

  it('is read again when it has changed, once a second', async () => {
    const { source, path } = passwordFile();
    writeFileSync(path, 'one');
    const seen = [textOf(await source.read())];

    writeFileSync(path, 'other');
    seen.push(textOf(await source.read()));
    clock.advance(1_000);
    seen.push(textOf(await source.read()));

    expect(seen).toEqual(['AWS:one', 'AWS:one', 'AWS:other']);
  });

  it('is read again at once when that is asked for, even if its size and time are the same', async () => {
    const { source, path } = passwordFile();
    const at = new Date(1_700_000_000_000);
    writeFileSync(path, 'one');
    utimesSync(path, at, at);
    await source.read();

    writeFileSync(path, 'two');
    utimesSync(path, at, at);

    expect(textOf(await source.read({ fresh: true }))).toBe('AWS:two');
  });

  it('that is replaced by another one is read again', async () => {
    const { source, path } = passwordFile();
    writeFileSync(path, 'one');
    await source.read();
    writeFileSync(`${path}.new`, 'two');
    renameSync(`${path}.new`, path);
    clock.advance(1_000);

    expect(textOf(await source.read())).toBe('AWS:two');
  });

  it.each([
    ['vanished', rmSync],
    [
      'is empty',
      (path: string): void => {
        writeFileSync(path, '');
      },
    ],
  ])(
    'that %s leaves the last password in place until there is a new one',
    async (_name, change) => {
      const { source, path } = passwordFile();
      writeFileSync(path, 'one');
      await source.read();

      change(path);
      const meanwhile = textOf(await source.read({ fresh: true }));
      const fault = source.fault();
      writeFileSync(path, 'two');
      const after = textOf(await source.read({ fresh: true }));

      expect([meanwhile, after]).toEqual(['AWS:one', 'AWS:two']);
      expect(fault).toContain(path);
      expect(source.fault()).toBeUndefined();
    },
  );

  it('is looked at again when the clock was set back', async () => {
    const { source, path } = passwordFile();
    writeFileSync(path, 'one');
    await source.read();
    writeFileSync(path, 'other');
    clock.advance(-86_400_000);

    expect(textOf(await source.read())).toBe('AWS:other');
  });
});

describe('a docker config', () => {
  const pair = { auth: base64(`robot:${PASSWORD}`) };
  const mine = `robot:${PASSWORD}`;

  it.each([
    // Which key is for which host.
    ['registry.test', { 'registry.test': pair }, mine],
    ['registry.test', { 'https://registry.test': pair }, mine],
    ['registry.test', { 'https://registry.test/v1/': pair }, mine],
    ['registry.test', { 'http://registry.test/v2/': pair }, mine],
    ['registry.test', { 'registry.test/v1/': pair }, mine],
    ['registry.test', { 'registry.test/': pair }, mine],
    ['registry.test', { 'Registry.Test': pair }, mine],
    ['registry.test:5000', { 'registry.test:5000': pair }, mine],
    ['registry.test:5000', { 'registry.test': pair }, 'none'],
    ['registry.test', { 'registry.test:5000': pair }, 'none'],
    ['registry.test', { 'other.test': pair, 'x.registry.test': pair }, 'none'],
    ['registry.test', { 'registry.test.evil.test': pair }, 'none'],
    ['registry-1.docker.io', { [HUB]: pair }, mine],
    ['index.docker.io', { 'docker.io': pair }, mine],
    ['docker.io', { 'index.docker.io': pair }, mine],
    ['registry-1.docker.io', { 'registry-1.docker.io': pair }, mine],
    ['registry.test', { [HUB]: pair }, 'none'],
    // The one that is spelt like the host.
    [
      'registry.test',
      { 'https://registry.test/v1/': { auth: base64('old:one') }, 'registry.test': pair },
      mine,
    ],
    // What stands in an entry.
    ['registry.test', { 'registry.test': { username: 'robot', password: PASSWORD } }, mine],
    ['registry.test', { 'registry.test': { ...pair, username: 'else', password: 'other' } }, mine],
    ['registry.test', { 'registry.test': { auth: base64('robot:') } }, 'robot:'],
    ['registry.test', { 'registry.test': { auth: base64(`${mine}\0\0`) } }, mine],
    ['registry.test', { 'registry.test': { auth: base64('röbot:pässword') } }, 'röbot:pässword'],
    ['registry.test', { 'registry.test': { identitytoken: 'abc' } }, '<token> abc'],
    [
      'registry.test',
      { 'registry.test': { auth: base64('00000000:'), identitytoken: 'abc' } },
      '00000000<token> abc',
    ],
    ['registry.test', { 'registry.test': {} }, 'none'],
    ['registry.test', { 'registry.test': { email: 'a@b.test' } }, 'none'],
    ['registry.test', { 'registry.test': { auth: '' } }, 'none'],
    ['registry.test', { 'registry.test': null }, 'none'],
    ['registry.test', { 'registry.test': 7 }, 'none'],
    [
      'registry.test',
      { 'registry.test': { auth: 7, username: 'robot', password: 'p' } },
      'robot:p',
    ],
    // Somebody else's entries do no harm.
    ['registry.test', { 'other.test': { auth: '%' }, 'registry.test': pair }, mine],
    ['registry.test', {}, 'none'],
  ])('for %s with %j holds %s', async (host, auths, expected) => {
    const { source } = dockerConfig({ auths }, { host });

    expect(textOf(await source.read())).toBe(expected);
  });

  it.each([
    ['gallery/ui', 'gallery/ui'],
    ['gallery/ui/next', 'gallery/ui'],
    ['gallery/uix', 'gallery'],
    ['gallery/api', 'gallery'],
    ['gallery', 'gallery'],
    ['other', 'host'],
    [undefined, 'host'],
  ])('has for %s the account of %s', async (path, expected) => {
    const auths = {
      'registry.test': { auth: base64('host:x') },
      'registry.test/gallery/ui': { auth: base64('gallery/ui:x') },
      'registry.test/gallery': { auth: base64('gallery:x') },
      'other.test/gallery/ui/next': { auth: base64('wrong:x') },
    };
    const { source } = dockerConfig({ auths });

    expect(textOf(await source.read({ path }))).toBe(`${expected}:x`);
  });

  it.each([
    '{}',
    '{"auths":null,"credsStore":null,"credHelpers":null}',
    '{"credsStore":"","proxies":{"default":{}}}',
    '{"auths":{"__proto__":{"auth":"YTpi"}}}',
  ])('with %s has nothing, and says for which host', async (content) => {
    const { source } = dockerConfig(content);

    expect(await source.read()).toBeUndefined();
    expect(source.fault()).toContain('registry.test');
  });

  it.each([
    ['is not there', undefined],
    ['is no JSON', '{"auths":'],
    ['is no object', '[]'],
    ['is empty', ''],
    ['is too long', `{"auths":{}}${' '.repeat(1024 * 1024)}`],
    ['has a broken auth', { auths: { 'registry.test': { auth: '$$$' } } }],
    ['has an auth without a colon', { auths: { 'registry.test': { auth: base64('robot') } } }],
    ['has an auth without a user', { auths: { 'registry.test': { auth: base64(':x') } } }],
  ])('that %s ends in unauthorized, with the file and the setting', async (_name, content) => {
    const { source } = dockerConfig(content ?? '{}');
    if (content === undefined) rmSync(join(folder, 'config.json'));

    const error = await registryErrorOf(source.read());

    expect(error).toMatchObject({ code: 'unauthorized', retryable: true });
    expect(error.message).toContain('registries.local.auth');
    expect(error.message).toContain(join(folder, 'config.json'));
    expect(inspect(error, { depth: 10 })).not.toContain(base64('robot'));
  });

  it('that is a folder is no file', async () => {
    const credentials = { kind: 'docker-config', path: folder, helpers: [] } as const;
    const url = new URL('https://registry.test');
    const source = credentialSourceOf({ id: 'local', url, credentials }, clock);

    const error = await registryErrorOf(source.read());

    expect(error.message).toContain(`${folder} cannot be read (it is no file)`);
  });

  it('is read again when it changes; one that is broken meanwhile leaves the last in place', async () => {
    const { source, write } = dockerConfig({ auths: { 'registry.test': { auth: base64('a:1') } } });
    const seen = [textOf(await source.read())];

    for (const next of ['{"auths"', { auths: { 'registry.test': { auth: base64('a:2') } } }]) {
      write(next);
      clock.advance(1_000);
      seen.push(textOf(await source.read()));
    }

    expect(seen).toEqual(['a:1', 'a:1', 'a:2']);
  });
});

describe('other credentials', () => {
  it.each([
    [undefined, 'none'],
    [
      { kind: 'password', username: 'robot', password: new Secret('p'), passwordFile: undefined },
      'robot:p',
    ],
  ] as const)('of %j are %s, fresh or not', async (credentials, expected) => {
    const url = new URL('https://registry.test');
    const source = credentialSourceOf({ id: 'local', url, credentials }, clock);

    expect(textOf(await source.read())).toBe(expected);
    expect(textOf(await source.read({ fresh: true }))).toBe(expected);
    expect(source.fault()).toBeUndefined();
  });

  it('are in no inspected source', async () => {
    const { source } = dockerConfig({
      auths: { 'registry.test': { username: 'robot', password: PASSWORD } },
    });
    await source.read();

    expect(JSON.stringify(await source.read())).not.toContain(PASSWORD);
    expect(inspect(source, { depth: 6 })).not.toContain(PASSWORD);
  });
});
