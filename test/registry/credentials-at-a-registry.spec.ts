import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inspect } from 'node:util';
import { Secret } from '../../src/config/secret';
import type { RegistryCredentials } from '../../src/config/settings';
import { SimulatedClock } from '../../src/runtime/clock';
import type { FakeRegistry } from '../support/fake-registry';
import { registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';

const UI = repo('local/gallery/ui');
const PATH = 'gallery/ui';
const PROGRAMS = process.env['PATH'];
const { start, connect } = useFakes();
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tagward-rotation-'));
  process.env['PATH'] = [folder, PROGRAMS].join(delimiter);
});

afterEach(() => {
  process.env['PATH'] = PROGRAMS;
  rmSync(folder, { recursive: true });
});

/** A place for the password of `AWS`: how it is configured, and how it is changed there. */
interface Place {
  readonly credentials: RegistryCredentials;
  readonly put: (password: string) => void;
}

function passwordFile(): Place {
  const path = join(folder, 'password');
  return {
    credentials: {
      kind: 'password',
      username: 'AWS',
      password: new Secret('first'),
      passwordFile: path,
    },
    put: (password) => {
      writeFileSync(path, `${password}\n`);
    },
  };
}

function dockerAuths(host: string): Place {
  const path = join(folder, 'config.json');
  return {
    credentials: { kind: 'docker-config', path, helpers: [] },
    put: (password) => {
      const auth = Buffer.from(`AWS:${password}`).toString('base64');
      writeFileSync(path, JSON.stringify({ auths: { [host]: { auth } } }));
    },
  };
}

function dockerHelper(): Place {
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify({ credsStore: 'ecr-login' }));
  const program = join(folder, 'docker-credential-ecr-login');
  return {
    credentials: { kind: 'docker-config', path, helpers: ['ecr-login'] },
    put: (password) => {
      const answer = JSON.stringify({ Username: 'AWS', Secret: password });
      writeFileSync(program, `#!/bin/sh\ncat > /dev/null\necho '${answer}'\n`);
      chmodSync(program, 0o755);
    },
  };
}

const places = [
  ['a password file', passwordFile],
  ['a docker config', dockerAuths],
  ['a credential helper', dockerHelper],
] as const;
const schemes = ['basic', 'bearer'] as const;
const table = places.flatMap(([name, placeAt]) =>
  schemes.map((kind) => [name, kind, placeAt] as const),
);

function account(
  kind: (typeof schemes)[number],
  password: string,
): FakeRegistry['behaviour']['auth'] {
  return { kind, username: 'AWS', password };
}

describe('a password that ends', () => {
  it.each(table)('is read again from %s after a 401 (%s)', async (_name, kind, placeAt) => {
    const clock = new SimulatedClock(1_800_000_000_000);
    const fake = await start({ auth: account(kind, 'first'), now: () => clock.now() });
    const place = placeAt(new URL(fake.url).host);
    place.put('first');
    const client = connect(fake.url, { settings: { credentials: place.credentials }, clock });
    fake.pushImage(PATH, '1.0.0');
    await client.findManifest(UI, tag('1.0.0'));

    place.put('second');
    fake.behaviour.auth = account(kind, 'second');
    fake.revokeTokens();
    fake.forgetRequests();
    const found = await Promise.all(
      Array.from({ length: 4 }, () => client.findManifest(UI, tag('1.0.0'))),
    );

    expect(found.every((one) => one !== undefined)).toBe(true);
    expect(fake.tokenRequests.map(({ status }) => status)).toEqual(
      kind === 'bearer' ? [401, 200] : [],
    );
  });

  it.each(table)(
    'in %s ends in unauthorized when it is the same (%s)',
    async (_name, kind, placeAt) => {
      const fake = await start({ auth: account(kind, 'other') });
      const place = placeAt(new URL(fake.url).host);
      place.put('first-one');
      const client = connect(fake.url, { settings: { credentials: place.credentials } });

      const error = await registryErrorOf(client.listTags(UI));

      expect(error).toMatchObject({ code: 'unauthorized', retryable: true });
      expect(error.message).toContain('registries.local.auth');
      expect(inspect(error, { depth: 10 })).not.toContain('first-one');
    },
  );
});

describe('a docker config', () => {
  it('without the registry leaves its reading to anybody', async () => {
    const fake = await start({ auth: { kind: 'bearer' } });
    const place = dockerAuths('other.test');
    place.put('x');
    fake.pushImage(PATH, '1.0.0');
    const client = connect(fake.url, { settings: { credentials: place.credentials } });

    expect(await client.listTags(UI)).toEqual(['1.0.0']);
    expect(fake.tokenRequests[0]?.authorization).toBeUndefined();
  });

  it('without the registry is named when the registry asks for Basic', async () => {
    const fake = await start({ auth: account('basic', 'first') });
    const place = dockerAuths('other.test');
    place.put('x');
    const client = connect(fake.url, { settings: { credentials: place.credentials } });

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error.message).toContain(`config.json has none for ${new URL(fake.url).host}`);
  });

  it('is not even read for a registry that asks for nothing', async () => {
    const fake = await start();
    fake.pushImage(PATH, '1.0.0');
    const { credentials } = dockerAuths('unwritten.test');
    const client = connect(fake.url, { settings: { credentials } });

    expect(await client.listTags(UI)).toEqual(['1.0.0']);
  });

  it.each([
    ['by POST', undefined, ['POST']],
    ['by GET where there is no POST', { status: 404 }, ['POST', 'GET']],
  ])('with an identity token gets a token %s', async (_name, postAnswer, methods) => {
    const auth = { kind: 'bearer', username: '00000000', identityToken: 'refresh-me' } as const;
    const fake = await start({ auth: { ...auth, ...(postAnswer && { postAnswer }) } });
    const image = fake.pushImage(PATH, '1.0.0');
    const path = join(folder, 'config.json');
    const entry = {
      auth: Buffer.from('00000000:').toString('base64'),
      identitytoken: 'refresh-me',
    };
    writeFileSync(path, JSON.stringify({ auths: { [new URL(fake.url).host]: entry } }));
    const credentials = { kind: 'docker-config', path, helpers: [] } as const;
    const client = connect(fake.url, { settings: { credentials } });

    await client.putManifest(UI, tag('1.0'), image);
    await client.findManifest(UI, tag('1.0'));

    expect(fake.tokenRequests.map(({ method }) => method)).toEqual(methods);
    expect(JSON.stringify(fake.tokenRequests.map(({ query }) => query))).not.toContain('refresh');
    expect(fake.requests.map(({ status }) => status)).toEqual([401, 201, 200]);
  });

  it('with an identity token does not give it to a registry that asks for Basic', async () => {
    const fake = await start({ auth: account('basic', 'refresh-me') });
    const path = join(folder, 'config.json');
    const entry = { username: 'AWS', identitytoken: 'refresh-me' };
    writeFileSync(path, JSON.stringify({ auths: { [new URL(fake.url).host]: entry } }));
    const credentials = { kind: 'docker-config', path, helpers: [] } as const;
    const client = connect(fake.url, { settings: { credentials } });

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({ code: 'unauthorized' });
    expect(fake.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('has an account for each repository', async () => {
    const fake = await start({ auth: { kind: 'bearer' } });
    const { host } = new URL(fake.url);
    const path = join(folder, 'auth.json');
    const auth = (name: string): object => ({ auth: Buffer.from(`${name}:x`).toString('base64') });
    const auths = { [`${host}/gallery/ui`]: auth('ui'), [host]: auth('all') };
    writeFileSync(path, JSON.stringify({ auths }));
    const credentials = { kind: 'docker-config', path, helpers: [] } as const;
    const client = connect(fake.url, { settings: { credentials } });

    await client.listTags(UI);
    await client.listTags(repo('local/gallery/api'));

    expect(
      fake.tokenRequests.map(({ authorization }) =>
        Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString(),
      ),
    ).toEqual(['ui:x', 'all:x']);
  });
});

describe('a realm on another host', () => {
  it.each([
    ['refused', [], 0],
    ['asked when it is allowed with its port', ['127.0.0.1:PORT'], 1],
  ])('is %s', async (_name, realms, count) => {
    const tokens = await start({ auth: { kind: 'bearer' } });
    const { port } = new URL(tokens.url);
    const fake = await start({
      auth: { kind: 'bearer', realm: `${tokens.url}/token` },
      host: 'localhost',
    });
    const client = connect(fake.url, {
      settings: { realms: realms.map((realm) => realm.replace('PORT', port)) },
    });

    await client.listTags(UI).catch(() => undefined);

    expect(Math.min(tokens.tokenRequests.length, 1)).toBe(count);
  });
});
