import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { runCommandLine } from '../../src/cli/run';
import { SimulatedClock } from '../../src/runtime/clock';
import type { FakeRegistry } from '../support/fake-registry';
import { useFakes } from '../support/fake-registry-client';
import { PRESETS } from '../support/fake-registry-presets';
import { describeOnRealRegistries } from '../support/real-registries';
import { type RunningService, type ServiceOptions, startService } from '../support/service';
import { OPERATE_TOKEN, READ_TOKEN, writeTestConfig } from '../support/test-config';
import { createAuthority } from '../support/tls-certificates';
import { useStage } from '../tagging/stage';

const UI = 'local/gallery/ui';
const PATH = 'gallery/ui';
const PASSWORD = 'a-password-that-nobody-may-read';
const folder = mkdtempSync(join(tmpdir(), 'tagward-doctor-'));
writeFileSync(join(folder, 'password'), `${PASSWORD}\n`);
const AUTH = `{ username: ci, passwordFile: ${join(folder, 'password')} }`;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: () => number;
}

async function tagward(
  args: readonly string[],
  { env = {}, now = Date.now }: Surroundings = {},
): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  const status = await runCommandLine(args, {
    stdin: (async function* none(): AsyncGenerator<string> {
      // The command reads no input.
    })(),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env,
    now,
  });
  return { status, stdout, stderr };
}

const Output = z.strictObject({
  service: z.strictObject({ url: z.string(), checks: z.array(z.looseObject({})) }),
  registries: z.array(
    z.strictObject({
      id: z.string(),
      url: z.string(),
      repository: z.string().nullable(),
      checks: z.array(
        z.strictObject({
          name: z.string(),
          status: z.string(),
          text: z.string(),
          fix: z.string().optional(),
        }),
      ),
      capabilities: z.record(z.string(), z.string()),
    }),
  ),
  sources: z.array(
    z.strictObject({ id: z.string(), kind: z.string(), checks: z.array(z.looseObject({})) }),
  ),
});

/** The checks of the first registry by name: their status, and the fix where there is one. */
function checksIn(stdout: string): Readonly<Record<string, string>> {
  const [registry] = Output.parse(JSON.parse(stdout)).registries;
  return Object.fromEntries(
    (registry?.checks ?? []).map(({ name, status, fix }) => [
      name,
      fix === undefined ? status : `${status}: ${fix}`,
    ]),
  );
}

function has(text: string): string {
  return expect.stringContaining(text) as string;
}

describe('tagward doctor', () => {
  const { start } = useFakes();
  const services: RunningService[] = [];
  afterEach(async () => {
    for (const service of services.splice(0)) {
      await service.stop();
      service.config.remove();
    }
  });

  async function serve(options: ServiceOptions): Promise<RunningService> {
    const service = await startService(options);
    services.push(service);
    return service;
  }

  async function stocked(switches: Parameters<typeof start>[0] = {}): Promise<FakeRegistry> {
    const fake = await start(switches);
    fake.pushImage(PATH, '1.0.0');
    return fake;
  }

  function tokenFile({ config }: RunningService, token = OPERATE_TOKEN): string {
    const path = join(config.folder, 'token');
    writeFileSync(path, `${token}\n`);
    return path;
  }

  async function doctor(
    service: RunningService,
    args: readonly string[],
    surroundings: Surroundings = {},
  ): Promise<Ended> {
    const env = { TAGWARD_URL: service.client.url };
    const all = ['doctor', ...args, '--token-file', tokenFile(service)];
    return tagward(all, { env, ...surroundings });
  }

  /** What it says of one registry as data, tried in `gallery/ui`. */
  async function diagnosed(
    fake: FakeRegistry,
    options: Partial<ServiceOptions> = {},
  ): Promise<{ readonly status: number; readonly checks: Readonly<Record<string, string>> }> {
    const service = await serve({ registryUrl: fake.url, ...options });
    const { status, stdout, stderr } = await doctor(service, ['--repository', UI, '-o', 'json']);
    expect(stdout + stderr).not.toContain(PASSWORD);
    return { status, checks: checksIn(stdout) };
  }

  it('ends with 0 when all is fine, and shows each check in a line', async () => {
    const service = await serve({ registryUrl: (await stocked({ referrers: 'api' })).url });

    const { status, stdout, stderr } = await doctor(service, ['--repository', UI]);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^SUBJECT +CHECK +STATUS +FOUND\n/);
    expect(stdout).toMatch(/^- +ready +ok +its database takes writes/m);
    expect(stdout).toMatch(/^local +pull +ok +may read gallery\/ui: 1 tag$/m);
    expect(stdout).toMatch(/^local +push +ok +may write to gallery\/ui/m);
    expect(stdout).toMatch(/^local +delete +ok +single tags can be deleted$/m);
    expect(stdout).not.toContain('fix:');
    expect(stderr).toBe('looking at local ...\n9 ok, 2 unknown\n');
  });

  it('ends with 1 when a check failed, and puts the fix below it', async () => {
    const auth = { kind: 'basic', username: 'ci', password: 'right' } as const;
    const fake = await stocked({ auth });
    const service = await serve({ registryUrl: fake.url, auth: AUTH });

    const { status, stdout, stderr } = await doctor(service, ['--repository', UI]);

    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^local +pull +fail +Registry local answered 401 .*\n +fix: correct user and password in registries\.local\.auth/m,
    );
    expect(stderr).toMatch(/, 1 fail\n$/);
    expect(stdout + stderr).not.toContain(PASSWORD);
  });

  it('gives one check a line as ndjson', async () => {
    const service = await serve({ registryUrl: (await stocked()).url });

    const { stdout } = await doctor(service, ['--repository', UI, '-o', 'ndjson']);

    const lines = stdout.trimEnd().split('\n');
    const checks: readonly unknown[] = lines.map((line): unknown => JSON.parse(line));
    expect(checks[0]).toMatchObject({ registry: null, name: 'reach', status: 'ok' });
    expect(checks).toContainEqual(
      expect.objectContaining({ registry: 'local', name: 'delete', status: 'ok' }),
    );
  });

  describe('at a registry', () => {
    it.each`
      that                        | switches                                                     | auth         | status | checks
      ${'has a wrong password'}   | ${{ auth: basic('right') }}                                  | ${AUTH}      | ${1}   | ${{ pull: has('fail: correct user and password'), push: 'unknown', delete: 'unknown' }}
      ${'wants an account'}       | ${{ auth: basic(PASSWORD) }}                                 | ${undefined} | ${1}   | ${{ pull: has('fail: set registries.local.auth') }}
      ${'takes the account'}      | ${{ auth: basic(PASSWORD) }}                                 | ${AUTH}      | ${0}   | ${{ pull: 'ok', push: 'ok', delete: 'ok' }}
      ${'lets nobody delete'}     | ${{ tagDelete: 'denied', digestDelete: 'denied' }}           | ${AUTH}      | ${0}   | ${{ push: 'ok', delete: has('warn: give the account of registries.local.auth the right') }}
      ${'has deletes off'}        | ${{ tagDelete: 'digest-invalid', digestDelete: 'disabled' }} | ${undefined} | ${0}   | ${{ delete: has('storage.delete.enabled: true') }}
      ${'deletes by its own API'} | ${PRESETS.harbor}                                            | ${undefined} | ${0}   | ${{ delete: has('warn: name it in registries.local.provider') }}
    `(
      'that $that ends with $status',
      async (row: {
        switches: object;
        auth: string | undefined;
        status: number;
        checks: Readonly<Record<string, string>>;
      }) => {
        const fake = await stocked(row.switches);
        const options = row.auth === undefined ? {} : { auth: row.auth };

        const { status, checks } = await diagnosed(fake, options);

        expect({ status, checks }).toMatchObject({ status: row.status, checks: row.checks });
      },
    );

    it('that is down is a warning of the service, which is ready all the same', async () => {
      const fake = await start();
      await fake.stop();
      const service = await serve({ registryUrl: fake.url });

      const { stdout } = await doctor(service, []);

      expect(stdout).toMatch(
        /^- +ready +warn +the registry local cannot be reached: deliveries are accepted and wait\n +fix: /m,
      );
    });

    it('that is down ends with 1, and asks for nothing else', async () => {
      const fake = await start();
      await fake.stop();

      expect(await diagnosed(fake)).toEqual({
        status: 1,
        checks: { reach: has('fail: check registries.local.url') },
      });
    });

    it('whose clock is ahead warns', async () => {
      const clock = new SimulatedClock(Date.now() - 120_000);

      expect(await diagnosed(await stocked(), { clock })).toMatchObject({
        status: 0,
        checks: { clock: 'warn: let NTP set both clocks' },
      });
    });

    function basic(password: string): object {
      return { kind: 'basic', username: 'ci', password };
    }
  });

  describe('at a registry whose certificate nobody checks', () => {
    const made = createAuthority();
    if (!made.available) {
      process.stderr.write(`skipped TLS tests: ${made.reason}\n`);
      it.todo(`warns where openssl is (${made.reason})`);
      return;
    }
    const { authority } = made;

    it('warns, and names what to set', async () => {
      const fake = await stocked({ tls: authority });
      const config = writeTestConfig({ registryUrl: `${fake.url}\n    insecure: skip-verify` });

      expect(await diagnosed(fake, { config })).toMatchObject({
        status: 0,
        checks: { certificate: has('warn: name the CA in registries.local.caFile') },
      });
    });
  });

  describe('at several registries', () => {
    async function two(): Promise<RunningService> {
      const other = await stocked({ tagDelete: 'unsupported' });
      const registryUrl = `${(await stocked()).url}\n  other:\n    url: ${other.url}`;
      return serve({ registryUrl });
    }

    it('looks at each, in their order', async () => {
      const { stdout, stderr } = await doctor(await two(), ['-o', 'json']);

      const { registries } = Output.parse(JSON.parse(stdout));
      expect(registries.map(({ id, repository }) => [id, repository])).toEqual([
        ['local', null],
        ['other', null],
      ]);
      expect(stderr).toMatch(/^looking at local \.\.\.\nlooking at other \.\.\.\n/);
    });

    it.each([
      ['--registry', 'other'],
      ['--repository', 'local/gallery/ui'],
    ])('looks at one only with %s %s', async (...args) => {
      const { stdout } = await doctor(await two(), [...args, '-o', 'json']);

      const { registries } = Output.parse(JSON.parse(stdout));
      expect(registries.map(({ id }) => id)).toEqual([args[1].split('/')[0]]);
    });
  });

  describe('of the sources', () => {
    const NOW = Date.UTC(2026, 6, 3, 10);
    const at = { now: (): number => NOW };

    async function serveAt(now: number, registryUrl: string): Promise<RunningService> {
      return serve({ registryUrl, clock: new SimulatedClock(now) });
    }

    it('warns of those that never sent, after the registries, and ends with 0', async () => {
      const service = await serveAt(NOW, (await stocked()).url);

      const { status, stdout } = await doctor(service, [], at);

      expect(status).toBe(0);
      expect(stdout).toMatch(/^SUBJECT +CHECK +STATUS +FOUND\n- +reach +ok/);
      expect(stdout).toMatch(
        /^source events +last-delivery +warn +nothing authentic .*\n +fix: see that it sends to \/webhooks\/events: docs\/sources\/distribution\.md$/m,
      );
      expect(stdout.indexOf('source ci')).toBeGreaterThan(stdout.indexOf('local '));
    });

    it('looks at one only with --source, and at no registry', async () => {
      const fake = await stocked();
      const service = await serveAt(NOW, fake.url);
      await service.client.webhook({ tag: '1.0.0' }, { now: NOW });
      await service.client.send('POST', '/webhooks/ci', { 'content-type': 'application/json' });
      fake.forgetRequests();

      const { status, stdout } = await doctor(service, ['--source', 'ci', '-o', 'json'], at);

      const { registries, sources } = Output.parse(JSON.parse(stdout));
      expect({ status, registries }).toEqual({ status: 0, registries: [] });
      expect(sources).toMatchObject([
        {
          ...{ id: 'ci', kind: 'generic' },
          checks: [
            { name: 'last-delivery', status: 'ok', text: '0 s ago' },
            { name: 'failures', status: 'ok' },
            { name: 'refused', status: 'warn', fix: has('compare the secret') },
            { name: 'clock', status: 'ok' },
          ],
        },
      ]);
    });

    it('ends with 1 where the clock of a sender is far ahead', async () => {
      const service = await serveAt(NOW, (await stocked()).url);
      await service.client.webhook({ tag: '1.0.0' }, { now: NOW + 420_000 });

      const { status, stdout } = await doctor(service, ['--source', 'ci', '-o', 'ndjson'], at);

      const lines = stdout.trimEnd().split('\n');
      expect(status).toBe(1);
      expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual({
        ...{ registry: null, source: 'ci', name: 'clock', status: 'fail' },
        ...{ text: "the sender's clock is 7 min ahead", fix: 'let NTP set its clock' },
      });
    });

    it('does not take a source that is not there', async () => {
      const service = await serveAt(NOW, (await stocked()).url);

      const { status, stderr } = await doctor(service, ['--source', 'event'], at);

      expect(status).toBe(2);
      expect(stderr).toContain('did you mean `events`?');
    });

    it('leaves them out where the service is of a version that has no answer', async () => {
      const service = await serveAt(NOW, (await stocked()).url);
      const old = await startOlder(service.client.url);
      const args = [
        'doctor',
        '--server',
        old.url,
        '--token-file',
        tokenFile(service, OPERATE_TOKEN),
      ];

      const all = await tagward([...args, '-o', 'json'], at);
      const one = await tagward([...args, '--source', 'ci'], at);
      await old.stop();

      expect(all.status).toBe(0);
      expect(Output.parse(JSON.parse(all.stdout))).toMatchObject({ registries: [{}], sources: [] });
      expect(one).toMatchObject({ status: 2, stderr: has('of a version without --source') });
    });
  });

  describe('of the service itself', () => {
    it.each([
      [3_600_000, 'behind'],
      [-3_600_000, 'ahead of'],
    ])('warns when this clock is off by %d ms', async (skew, where) => {
      const service = await serve({ registryUrl: (await stocked()).url });
      const now = (): number => Date.now() + skew;

      const { status, stdout } = await doctor(service, ['--repository', UI], { now });

      expect(status).toBe(0);
      expect(stdout).toMatch(/^- +clock +warn +its clock is (?:3[56]\d\d) s /m);
      expect(stdout).toContain(` s ${where} that of this machine`);
    });

    it.each`
      what                               | args                                                  | status | words
      ${'a registry that it has not'}    | ${['--registry', 'locl']}                             | ${2}   | ${'did you mean `local`?'}
      ${'a repository that is none'}     | ${['--repository', 'Gallery']}                        | ${2}   | ${'is no repository'}
      ${'a repository of another one'}   | ${['--registry', 'local', '--repository', 'other/x']} | ${2}   | ${'another registry than local'}
      ${'an unknown format'}             | ${['-o', 'xml']}                                      | ${2}   | ${'allowed: table, json, ndjson'}
      ${'an option without its partner'} | ${['--config', 'tagward.yaml']}                       | ${2}   | ${'with --pre only'}
      ${'a service that is not there'}   | ${['--server', 'http://127.0.0.1:1']}                 | ${6}   | ${'is Tagward running there?'}
    `(
      'ends with $status for $what',
      async (row: { args: readonly string[]; status: number; words: string }) => {
        const service = await serve({ registryUrl: (await stocked()).url });

        const { status, stdout, stderr } = await doctor(service, row.args);

        expect({ status, stdout }).toEqual({ status: row.status, stdout: '' });
        expect(stderr).toContain(row.words);
      },
    );

    it.each([
      ['no token', undefined, 'token-missing'],
      ['a token that may only read', READ_TOKEN, 'scope-missing'],
      ['a wrong token', 'a-token-of-somebody-else', 'authentication-failed'],
    ])('ends with 4 with %s', async (_, token, code) => {
      const service = await serve({ registryUrl: (await stocked()).url });
      const env = { TAGWARD_URL: service.client.url };
      const args = token === undefined ? [] : ['--token-file', tokenFile(service, token)];

      const { status, stdout, stderr } = await tagward(['doctor', ...args], { env });

      expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
      expect(stderr).toContain(code);
      expect(stderr).not.toContain(token ?? PASSWORD);
    });
  });

  describe('at something else than a Tagward', () => {
    async function answering(status: number, body: string): Promise<Ended> {
      const server = createServer((_, response) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      // A TCP server has an AddressInfo; a string is a pipe's name.
      const { port } = server.address() as AddressInfo;
      try {
        return await tagward(['doctor', '--server', `http://127.0.0.1:${port}`]);
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    }

    it.each([
      [200, '<html>'],
      [200, '{"status":"fine"}'],
      [404, '{}'],
      [503, 'later'],
    ])('that answers %d %s ends with 1', async (status, body) => {
      const ended = await answering(status, body);

      expect(ended).toMatchObject({ status: 1, stdout: '' });
      expect(ended.stderr).toContain('is it Tagward');
    });
  });
});

describe('tagward doctor --pre', () => {
  const config = writeTestConfig({ registryUrl: 'http://registry.test:5000', auth: AUTH });
  afterAll(() => {
    config.remove();
  });

  it('says what the configuration holds, with no server and no secret', async () => {
    const env = { TAGWARD_CONFIG: config.path };

    const { status, stdout, stderr } = await tagward(['doctor', '--pre'], { env });

    expect(status).toBe(0);
    expect(stdout).toContain(`${config.path} has no fault`);
    expect(stdout).toMatch(/registries +ok +1: local \(http:\/\/registry\.test:5000\)\n/);
    expect(stdout).toMatch(/repositories +ok +1: local\/\*\*\n/);
    expect(stdout).toMatch(/sources +ok +2: ci \(generic\), events \(distribution\)\n/);
    expect(stdout).toMatch(/tokens +ok +3: reader \(read\), ops \(read operate\)/);
    expect(stderr).toBe('6 ok\n');
    for (const secret of [PASSWORD, OPERATE_TOKEN, READ_TOKEN]) {
      expect(stdout).not.toContain(secret);
    }
  });

  it('gives the same as data', async () => {
    const { stdout } = await tagward(['doctor', '--pre', '--config', config.path, '-o', 'json']);

    expect(JSON.parse(stdout)).toMatchObject({
      checks: [{ name: 'config', status: 'ok' }, {}, {}, {}, {}, {}],
    });
  });

  it('tells every fault with line and column, and ends with 2', async () => {
    const path = join(config.folder, 'faulty.yaml');
    const text = readFileSync(config.path, 'utf8');
    writeFileSync(
      path,
      text.replace('sweep:', 'sweeps:').replace('anonymous: read', 'anonymous: all'),
    );

    const { status, stdout, stderr } = await tagward(['doctor', '--pre', '--config', path]);

    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/faulty\.yaml:\d+:\d+ anonymous: /);
    expect(stderr).toMatch(/faulty\.yaml:\d+:\d+ .*did you mean `sweep`\?/);
  });

  it('ends with 2 when there is no such file, and says where it looked', async () => {
    const { status, stderr } = await tagward(['doctor', '--pre', '--config', '/nowhere.yaml']);

    expect(status).toBe(2);
    expect(stderr).toContain('/nowhere.yaml cannot be read');
  });

  it('warns of a limited token where everybody may read without one', async () => {
    const path = join(config.folder, 'limited.yaml');
    const text = readFileSync(config.path, 'utf8');
    writeFileSync(
      path,
      text.replace('scopes: [read] }', 'scopes: [read], repositories: [local/ui] }'),
    );

    const { stdout } = await tagward(['doctor', '--pre', '--config', path]);

    expect(stdout).toMatch(/anonymous +warn +reader may read less .*\n +fix: set anonymous: none/);
  });

  it('warns of what leaves nothing to do, and of certificates that nobody checks', async () => {
    const path = join(config.folder, 'small.yaml');
    const registry = 'registries: { local: { url: "https://r.test", insecure: skip-verify } }';
    writeFileSync(path, `${registry}\n`);

    const { status, stdout } = await tagward(['doctor', '--pre', '--config', path]);

    expect(status).toBe(0);
    expect(stdout).toMatch(/certificate +warn +any certificate of local is taken/);
    expect(stdout).toMatch(/repositories +warn +none\n +fix: name a pattern/);
  });

  it.each(['--registry', '--repository', '--source', '--server', '--token-file'])(
    'does not take %s',
    async (option) => {
      const { status, stderr } = await tagward(['doctor', '--pre', option, 'x']);

      expect(status).toBe(2);
      expect(stderr).toContain(`leave out ${option}`);
    },
  );
});

describeOnRealRegistries('tagward doctor', (start, { name }) => {
  const stage = useStage(start);

  it('is tried in the repository that was met last, and leaves nothing behind', async () => {
    const earlier = stage.repository();
    await earlier.publish('1.0.0');
    stage.clock.advance(1_000);
    const repository = stage.repository();
    await repository.publish('1.0.0');
    const before = await repository.tags();
    const { client, config } = stage.service();
    const token = join(config.folder, 'token');
    writeFileSync(token, OPERATE_TOKEN);

    const args = ['doctor', '--token-file', token, '-o', 'json'];
    const { status, stdout } = await tagward(args, { env: { TAGWARD_URL: client.url } });

    expect(status).toBe(0);
    expect(Output.parse(JSON.parse(stdout)).registries[0]?.repository).toBe(repository.name);
    expect(checksIn(stdout)).toMatchObject({
      ...{ reach: 'ok', pull: 'ok', push: 'ok', delete: 'ok', referrers: 'ok' },
    });
    expect(stdout).toContain(`may write to ${repository.path}"`);
    expect(stdout).toContain(name === 'distribution-3' ? 'single tags can be' : 'by a dummy');
    expect(await repository.tags()).toEqual(before);
    expect(filesUnder(stage.registry().storageDir ?? '', '_uploads')).toEqual([]);
  });
});

/** A service before there was a list of sources, in front of one that has it. */
async function startOlder(url: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const path = request.url === '/api/v1/sources' ? '/api/v1/nothing-here' : request.url;
    const { method = 'GET' } = request;
    const answer = async (): Promise<void> => {
      const body = await text(request);
      const { authorization = '' } = request.headers;
      const headers = { authorization, 'content-type': 'application/json' };
      const init = { method, headers, ...(method === 'GET' ? {} : { body }) };
      const from = await fetch(`${url}${path ?? ''}`, init);
      const type = from.headers.get('content-type') ?? '';
      response.writeHead(from.status, { 'content-type': type }).end(await from.text());
    };
    void answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server has an AddressInfo; a string is a pipe's name.
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** The files below folders of this name. */
function filesUnder(storageDir: string, name: string): readonly string[] {
  const all = readdirSync(storageDir, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.includes(`/${name}/`));
}
