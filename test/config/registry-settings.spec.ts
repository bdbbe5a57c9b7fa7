import { ConfigFolder } from './config-folder';

const HOST = 'a host such as auth.example.com or storage.example.com:9000';

/** What is behind `registries: { hub: { url: https://hub.example.com, `, and all that is told. */
const WRONG: readonly (readonly [yaml: string, faults: readonly string[]])[] = [
  ['insecure: true', ['insecure: true is not allowed here; allowed: skip-verify, or nothing']],
  ['multiTag: maybe', ['multiTag: "maybe" is not allowed here; allowed: auto, on, off']],
  [
    'realms: [https://auth.example.com]',
    [`realms[0]: "https://auth.example.com" is not allowed here; allowed: ${HOST}`],
  ],
  ['redirects: [a/b]', [`redirects[0]: "a/b" is not allowed here; allowed: ${HOST}`]],
  [
    'auth: { username: ci, passwordFile: ./password, dockerConfig: ./config.json }',
    [
      'auth.username: "ci" is not allowed here; allowed: nothing beside dockerConfig but helpers',
      'auth.passwordFile: "./password" is not allowed here; allowed: nothing beside dockerConfig but helpers',
    ],
  ],
  [
    'auth: { dockerConfig: ./nowhere.json }',
    ['auth.dockerConfig: <folder>/nowhere.json cannot be read: no such file or directory (ENOENT)'],
  ],
  [
    'auth: { username: ci, passwordFile: ./password, helpers: [ecr-login] }',
    ['auth.helpers: a list is not allowed here; allowed: helpers only beside dockerConfig'],
  ],
  [
    'auth: { passwordFile: ./password }',
    ['auth.username: is missing; allowed: a user name beside a password, or dockerConfig alone'],
  ],
  [
    'auth: { dockerConfig: ./config.json, helpers: [../evil] }',
    [
      'auth.helpers[0]: "../evil" is not allowed here; allowed: the part of a helper\'s name behind "docker-credential-", such as ecr-login',
    ],
  ],
  [
    'provider: { kind: nexus }',
    ['provider.kind: "nexus" is not allowed here; allowed: docker-hub, ghcr, gitlab, harbor, quay'],
  ],
  [
    'provider: { kind: quay, token: abc }',
    [
      'provider.token: a secret does not stand in this file; use `tokenFile`, or ${NAME} from the environment',
    ],
  ],
];

describe('the settings of a registry', () => {
  const folder = new ConfigFolder();

  beforeAll(() => {
    folder.write('password', 'hunter2\n');
    folder.write('config.json', '{}');
    folder.write('token', 'api-token\n');
  });

  afterAll(() => {
    folder.remove();
  });

  const load = (yaml: string, env: Readonly<Record<string, string>> = {}) =>
    folder.load(`registries: { hub: { url: https://hub.example.com, ${yaml} } }`, env).registries;

  it.each(WRONG)('refuse %j', (yaml, faults) => {
    const reports = folder.reportOf(
      `registries: { hub: { url: https://hub.example.com, ${yaml} } }`,
    );

    expect(reports.map((report) => report.replace(/^\S+ registries\.hub\./, ''))).toEqual(faults);
  });

  it('default to what is safe', () => {
    expect(load('concurrency: 4').get('hub')).toMatchObject({
      ...{ skipVerify: false, multiTag: 'auto', redirects: [], realms: [] },
      ...{ proxy: undefined, provider: undefined, credentials: undefined },
    });
  });

  it('name hosts as URLs have them', () => {
    const hub = load('realms: [Auth.Example.com:443], redirects: ["storage.example.com:9000"]');

    expect(hub.get('hub')).toMatchObject({
      realms: ['auth.example.com'],
      redirects: ['storage.example.com:9000'],
    });
  });

  it('say where a password came from, since it may change there', () => {
    const hub = load('auth: { username: AWS, passwordFile: ./password }').get('hub');

    expect(hub?.credentials).toMatchObject({
      kind: 'password',
      username: 'AWS',
      passwordFile: `${folder.path}/password`,
    });
  });

  it('name the configuration of Docker and the helpers that may run', () => {
    const hub = load('auth: { dockerConfig: ./config.json, helpers: [ecr-login] }').get('hub');

    expect(hub?.credentials).toEqual({
      kind: 'docker-config',
      path: `${folder.path}/config.json`,
      helpers: ['ecr-login'],
    });
  });

  it.each([
    ['docker-hub', 'https://hub.docker.com/'],
    ['ghcr', 'https://api.github.com/'],
    ['harbor', 'https://hub.example.com/'],
  ])('know where the API of %s is', (kind, url) => {
    const { provider } = load(`provider: { kind: ${kind}, tokenFile: ./token }`).get('hub') ?? {};

    expect(provider?.url.href).toBe(url);
    expect(provider?.token?.reveal()).toBe('api-token');
  });

  it('take proxies from the environment, the small spelling first', () => {
    const { proxy } =
      load('concurrency: 4', {
        ...{ HTTPS_PROXY: 'http://big.example.com:1', https_proxy: 'http://u:p@small:3128' },
        ...{ NO_PROXY: 'localhost,.internal' },
      }).get('hub') ?? {};

    expect(proxy?.https?.reveal()).toBe('http://u:p@small:3128/');
    expect(proxy).toMatchObject({ http: undefined, except: 'localhost,.internal' });
  });

  it('refuse a proxy that is no URL without repeating it', () => {
    const [report] = folder.reportOf('{}', { HTTP_PROXY: 'user:secret@proxy' });

    expect(report).toContain('HTTP_PROXY: the value is not allowed here; allowed: the URL of a');
    expect(report).not.toContain('secret');
  });
});
