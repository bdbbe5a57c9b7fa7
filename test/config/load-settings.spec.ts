import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { rootCertificates } from 'node:tls';

import { configPathOf } from '../../src/config/environment';
import { loadSettings } from '../../src/config/load-settings';
import { resolvePath } from '../../src/config/text-file';
import { ConfigFolder, errorOf } from './config-folder';

const COMPLETE = `
# yaml-language-server: $schema=./tagward.schema.json
listen: 0.0.0.0:9090
publicUrl: https://tags.example.com/
database: sqlite:./data/my.db
registries:
  local:
    url: http://localhost:5000/
    auth: { username: ci, passwordFile: ./secrets/registry-password }
    caFile: ./ca.pem
    concurrency: 8
  mirror:
    url: https://mirror.example.com/base/
repositories:
  - match: local/gallery/*
    levels: [minor, latest]
    versionPrefix: both
    zeroMajor: true
    retention: { policy: services }
  - match: mirror/**
sources:
  ci:     { kind: generic, secretFile: ./secrets/ci-webhook, allow: [local/gallery/*] }
  events: { kind: distribution, token: "\${EVENTS_TOKEN}", registry: local, allow: [local/*] }
tokens:
  - { name: ops, tokenFile: ./secrets/ops-token, scopes: [read, operate, admin] }
anonymous: none
sweep: { every: 90s }
retention:
  schedule: "30 2 * * *"
  policies:
    services:
      mode: enforce
      clock: { age: lastMoved, unknown: keep, minAge: 48h }
      protect:
        movingTags: true
        rollbackDepth: 2
        references: true
        pins: true
        tags: ["lts-*", 're:v\\d+']
        inUse: { maxReportAge: 24h, onStale: skip }
      rules:
        - class: release
          keep:
            any:
              - { newestPatches: 1, per: minor }
              - { newestMinors: 3, per: major }
              - { newest: 5 }
              - { movedWithin: 90d }
        - { class: prerelease, keep: { any: [{ newest: 2, per: core }, { newestPulled: 3 }] }, dropWhenReleased: { after: 14d } }
        - { class: build, match: ["sha-*", "pr-*"], keep: { all: [{ newest: 20 }, { pulledWithin: 0 }] } }
        - { class: build, match: [demo], keep: { any: [{ always: true }] } }
      guards: { maxDelete: 50, maxDeletePercent: 20, minRemaining: 3, maxInventoryDropPercent: 10, approveAbove: 25 }
      delete: { form: tag-only, notice: 3d, restoreWindow: 14d, restoreTags: false, dependants: keep }
      execution: { concurrency: 4, perSecond: 5, stopAfterErrors: 3 }
    drafts: { rules: [{ class: release, keep: { any: [{ movedWithin: 12h }] } }] }
`;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function patternOf(text: string): object {
  return { text, matches: expect.any(Function) as unknown };
}

describe(loadSettings.name, () => {
  let folder: ConfigFolder;

  beforeEach(() => {
    folder = new ConfigFolder();
    folder.write('secrets/registry-password', 'hunter2\n');
    folder.write('secrets/ci-webhook', 'plain secret\n\n');
    folder.write('secrets/ops-token', 'ops-secret\r\n');
    folder.write('ca.pem', rootCertificates[0] ?? '');
  });

  afterEach(() => {
    folder.remove();
  });

  it('reads the complete example', () => {
    const settings = folder.load(COMPLETE, { EVENTS_TOKEN: 'events-secret' });

    expect(settings).toMatchObject({
      listen: { host: '0.0.0.0', port: 9090 },
      publicUrl: 'https://tags.example.com',
      database: { kind: 'sqlite', path: join(folder.path, 'data/my.db') },
      repositories: [
        {
          match: 'local/gallery/*',
          rules: { levels: ['minor', 'latest'], versionPrefix: 'both', zeroMajor: true },
          retentionPolicy: 'services',
        },
        {
          match: 'mirror/**',
          rules: { levels: ['minor', 'major', 'latest'], versionPrefix: 'strip', zeroMajor: false },
          retentionPolicy: undefined,
        },
      ],
      anonymous: 'none',
      sweepEveryMs: 90_000,
    });
  });

  it('reads registries with credentials, certificates and concurrency', () => {
    const { registries } = folder.load(COMPLETE, { EVENTS_TOKEN: 'events-secret' });

    const [local, mirror] = [registries.get('local'), registries.get('mirror')];
    expect(local).toMatchObject({ id: 'local', concurrency: 8, ca: rootCertificates[0] });
    expect(local?.url.href).toBe('http://localhost:5000/');
    const credentials = local?.credentials;
    expect(credentials).toMatchObject({ kind: 'password', username: 'ci' });
    expect(credentials?.kind === 'password' && credentials.password.reveal()).toBe('hunter2');
    expect(mirror).toMatchObject({ credentials: undefined, ca: undefined, concurrency: 4 });
    expect(mirror?.url.href).toBe('https://mirror.example.com/base');
  });

  it('reads sources and tokens with their secrets, less one newline', () => {
    const { sources, tokens } = folder.load(COMPLETE, { EVENTS_TOKEN: 'events-secret' });

    const secrets = [...sources.values()].map((source) =>
      [...source.auth.secrets, ...source.auth.tokens].map((secret) => secret.reveal()).join(),
    );
    expect(secrets).toEqual(['plain secret\n', 'events-secret']);
    expect(sources.get('ci')).toMatchObject({ id: 'ci', allow: ['local/gallery/*'] });
    expect(sources.get('events')).toMatchObject({ id: 'events', registry: 'local' });
    expect(tokens.map(({ name, scopes }) => [name, scopes])).toEqual([
      ['ops', ['read', 'operate', 'admin']],
    ]);
    expect(tokens[0]?.hash).toBe(createHash('sha256').update('ops-secret').digest('hex'));
  });

  it('reads retention policies with their conditions', () => {
    const { retention } = folder.load(COMPLETE, { EVENTS_TOKEN: 'events-secret' });

    expect(retention.schedule).toBe('30 2 * * *');
    const services = retention.policies.get('services');
    expect(services).toEqual({
      name: 'services',
      mode: 'enforce',
      minAgeMs: 48 * HOUR_MS,
      protect: {
        rollbackDepth: 2,
        tags: [patternOf('lts-*'), patternOf(String.raw`re:v\d+`)],
        maxReportAgeMs: 24 * HOUR_MS,
      },
      rules: [
        {
          class: 'release',
          combine: 'any',
          conditions: [
            { kind: 'newest-patches', count: 1 },
            { kind: 'newest-minors', count: 3 },
            { kind: 'newest', count: 5 },
            { kind: 'moved-within', ms: 90 * DAY_MS },
          ],
        },
        {
          class: 'prerelease',
          combine: 'any',
          conditions: [
            { kind: 'newest', count: 2, per: 'core' },
            { kind: 'newest-pulled', count: 3 },
          ],
          dropReleasedAfterMs: 14 * DAY_MS,
        },
        {
          class: 'build',
          match: [patternOf('sha-*'), patternOf('pr-*')],
          combine: 'all',
          conditions: [
            { kind: 'newest', count: 20 },
            { kind: 'pulled-within', ms: 0 },
          ],
        },
        {
          class: 'build',
          match: [patternOf('demo')],
          combine: 'any',
          conditions: [{ kind: 'always' }],
        },
      ],
      guards: {
        ...{ maxDelete: 50, maxDeletePercent: 20, minRemaining: 3 },
        ...{ maxInventoryDropPercent: 10, approveAbove: 25 },
      },
      deletion: {
        ...{ form: 'tag-only', noticeMs: 3 * DAY_MS, restoreWindowMs: 14 * DAY_MS },
        ...{ restoreTags: false, dependants: 'keep' },
      },
      execution: { concurrency: 4, perSecond: 5, stopAfterErrors: 3 },
    });
    const matched = ['v12', 'v1', 'xv1', 'v1.0', 'lts-1', 'an-lts-1'].filter((tag) =>
      services?.protect.tags.some(({ matches }) => matches(tag)),
    );
    expect(matched).toEqual(['v12', 'v1', 'lts-1']);
  });

  it('gives a policy of rules alone all defaults', () => {
    const { retention } = folder.load(COMPLETE, { EVENTS_TOKEN: 'events-secret' });

    expect(retention.policies.get('drafts')).toEqual({
      name: 'drafts',
      mode: 'dry-run',
      minAgeMs: 0,
      protect: { rollbackDepth: 0, tags: [], maxReportAgeMs: undefined },
      rules: [
        {
          class: 'release',
          combine: 'any',
          conditions: [{ kind: 'moved-within', ms: 12 * HOUR_MS }],
        },
      ],
      guards: {},
      deletion: {
        ...{ form: 'auto', noticeMs: 0, restoreWindowMs: 0 },
        ...{ restoreTags: true, dependants: 'follow-subject' },
      },
      execution: { concurrency: 2, perSecond: undefined, stopAfterErrors: undefined },
    });
  });

  it('gives an empty file all defaults', () => {
    const settings = folder.load('# nothing here yet\n');

    expect(settings).toEqual({
      listen: { host: '127.0.0.1', port: 8080 },
      logLevel: 'info',
      publicUrl: undefined,
      database: { kind: 'sqlite', path: join(folder.path, 'data/tagward.db') },
      registries: new Map(),
      repositories: [],
      sources: new Map(),
      tokens: [],
      anonymous: 'read',
      sweepEveryMs: 600_000,
      limits: {
        refusedPerAddress: { count: 100, perSeconds: 1 },
        deliveriesPerSource: { count: 2_000, perSeconds: 1 },
        pendingPerSource: 20_000,
        pendingInTotal: 50_000,
      },
      keepAuditMs: 365 * 86_400_000,
      keepBodiesMs: 30 * 86_400_000,
      metricsToken: undefined,
      retention: { schedule: undefined, policies: new Map() },
    });
  });

  it('puts the environment over the file and the file over defaults', () => {
    const yaml = 'listen: 127.0.0.1:1\ndatabase: sqlite:file.db\n';
    const env = { TAGWARD_LISTEN: '[::1]:0', TAGWARD_DATABASE: 'sqlite:/var/lib/tagward.db' };

    const overridden = folder.load(yaml, env);
    const unset = folder.load(yaml, { TAGWARD_LISTEN: '', TAGWARD_DATABASE: '' });

    expect(overridden.listen).toEqual({ host: '::1', port: 0 });
    expect(overridden.database.path).toBe('/var/lib/tagward.db');
    expect(unset.listen).toEqual({ host: '127.0.0.1', port: 1 });
    expect(unset.database.path).toBe(join(folder.path, 'file.db'));
  });

  it('names the variable of the environment that is wrong', () => {
    const error = errorOf(() =>
      folder.load('', {
        TAGWARD_LISTEN: '8080',
        TAGWARD_DATABASE: 'postgres://tagward:hunter2@db/tagward?password=hunter3',
      }),
    );

    expect(error.message.split('\n')).toEqual([
      'environment TAGWARD_LISTEN: "8080" is not allowed here; allowed: host:port such as 127.0.0.1:8080 or [::1]:8080',
      'environment TAGWARD_DATABASE: "…@db/tagward?…" is not allowed here; allowed: sqlite:<path of a file>, relative to this file; this version stores in SQLite only',
    ]);
  });

  it('finds the file through the environment', () => {
    expect(configPathOf({})).toBe('./tagward.yaml');
    expect(configPathOf({ TAGWARD_CONFIG: '' })).toBe('./tagward.yaml');
    expect(configPathOf({ TAGWARD_CONFIG: '/etc/tagward.yaml' })).toBe('/etc/tagward.yaml');
  });

  it('says where a missing file was looked for and what to do', () => {
    const path = relative(process.cwd(), join(folder.path, 'missing.yaml'));

    const error = errorOf(() => loadSettings({ path, env: { TAGWARD_LISTEN: 'wrong' } }));

    expect(error.message).toBe(
      `${path}: ${folder.path}/missing.yaml cannot be read: no such file or directory (ENOENT); put the configuration there, or set TAGWARD_CONFIG to where it is`,
    );
  });

  it('says why a folder is no configuration file', () => {
    const error = errorOf(() => loadSettings({ path: folder.path, env: {} }));

    expect(error.message).toContain('illegal operation on a directory (EISDIR)');
  });

  it('says that a text is no path', () => {
    const [report] = folder.reportOf(
      String.raw`tokens: [{ name: a, scopes: [read], tokenFile: "a\0" }]`,
    );

    expect(report).toContain('cannot be read: this is no path of a file');
  });

  it('tells three faults of three kinds at once, in the order of the file', () => {
    const report = folder.reportOf(`
registries:
  local: { url: http://localhost:5000, caFile: ./missing.pem }
repositories:
  - match: local/gallery/*
    levels: [minor, patch]
    versionPrefx: strip
`);

    expect(report).toEqual([
      '3:48 registries.local.caFile: <folder>/missing.pem cannot be read: no such file or directory (ENOENT)',
      '6:21 repositories[0].levels[1]: "patch" is not allowed here; allowed: minor, major, latest (levels of the scheme semver)',
      '7:5 repositories[0].versionPrefx: `versionPrefx` is not a setting of this version; did you mean `versionPrefix`?',
    ]);
  });

  it('reports a fault as file, line, column, path and sentence', () => {
    const error = errorOf(() => folder.load('anonymous: write\n'));

    expect(error.name).toBe('ConfigError');
    expect(error.faults).toEqual([
      {
        file: join(folder.path, 'tagward.yaml'),
        line: 1,
        column: 12,
        path: 'anonymous',
        sentence: '"write" is not allowed here; allowed: read, none',
      },
    ]);
    expect(error.message).toBe(
      `${folder.path}/tagward.yaml:1:12 anonymous: "write" is not allowed here; allowed: read, none`,
    );
  });

  it('refuses a CA file without a readable certificate', () => {
    const [certificate = ''] = rootCertificates;
    folder.write('key.pem', certificate.replaceAll('CERTIFICATE', 'PRIVATE KEY'));
    folder.write('broken.pem', `${certificate}\n${certificate.replace('MII', 'AAA')}`);
    const wrong = 'holds no readable certificate; allowed: PEM, "-----BEGIN CERTIFICATE-----"';

    const report = folder.reportOf(`
registries:
  one: { url: https://one.example.com, caFile: key.pem }
  two: { url: https://two.example.com, caFile: broken.pem }
`);

    expect(report).toEqual([
      `3:48 registries.one.caFile: <folder>/key.pem ${wrong}`,
      `4:48 registries.two.caFile: <folder>/broken.pem ${wrong}`,
    ]);
  });
});

describe(resolvePath.name, () => {
  it.each`
    path       | resolved
    ${'a/b'}   | ${'/etc/tagward/a/b'}
    ${'../b'}  | ${'/etc/b'}
    ${'/a'}    | ${'/a'}
    ${'~/a'}   | ${join(homedir(), 'a')}
    ${'./~/a'} | ${'/etc/tagward/~/a'}
  `('takes $path as $resolved', ({ path, resolved }: Record<string, string>) => {
    expect(resolvePath(path ?? '', '/etc/tagward')).toBe(resolved);
  });
});
