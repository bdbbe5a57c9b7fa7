import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { OidcIssuer, makeKey } from '../support/oidc-issuer';
import { FakeRegistry } from '../support/fake-registry';
import { type RunningService, startService } from '../support/service';
import { READ_TOKEN, WEBHOOK_SECRET } from '../support/test-config';
import { editedConfig, listDeliveries } from '../deliveries/delivery-list';
import {
  type CannedAnswer,
  type Ended,
  type Front,
  RECIPES,
  runShell,
  type SeenRequest,
  type ShellOptions,
  spyOnArguments,
  startFront,
  type Variables,
} from './run-shell';

const LONG_SECRET = `whsec_${Buffer.alloc(100, 7).toString('base64')}`;
const BINARY_SECRET = `whsec_${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 8)).toString('base64')}`;
const AUDIENCE = 'https://tags.example.com';
const CLAIMS = { repository_id: '1001', ref: 'refs/tags/2.1.106' };
const TOKEN_REQUEST = 'a-token-to-ask-for-tokens';

let folder: string;
let registry: FakeRegistry;
let issuer: OidcIssuer;
let service: RunningService;
let fronts: Front[] = [];
let images = 0;
/** Nobody has used it before. */
let repository = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tagward-recipes-'));
  registry = await FakeRegistry.start();
  issuer = await OidcIssuer.start(Date.now, [makeKey('ci')]);
  const oidc = `{ issuer: "${issuer.url}", audience: "${AUDIENCE}", claims: { repository_id: "1001", ref: "refs/tags/*" } }`;
  const config = editedConfig({
    'http://127.0.0.1:1': registry.url,
    'anonymous: read': 'anonymous: none',
    '  events:': [
      `  tokens: { kind: generic, oidc: ${oidc}, allow: [local/gallery/*] }`,
      '  long: { kind: generic, secretFile: ./secrets/LONG, allow: [local/gallery/*] }',
      '  binary: { kind: generic, secretFile: ./secrets/BINARY, allow: [local/gallery/*] }',
      '  events:',
    ].join('\n'),
  });
  writeFileSync(join(config.folder, 'secrets/LONG'), `${LONG_SECRET}\n`);
  writeFileSync(join(config.folder, 'secrets/BINARY'), `${BINARY_SECRET}\n`);
  service = await startService({ registryUrl: registry.url, config });
});

beforeEach(() => {
  images += 1;
  repository = `gallery/i${images}`;
});

afterEach(async () => {
  await Promise.all(fronts.map((front) => front.stop()));
  fronts = [];
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
  await issuer.stop();
  await registry.stop();
  rmSync(folder, { recursive: true });
});

/** What a pipeline sets, with a secret and leave to read. */
function variables(more: Variables = {}): Variables {
  return {
    TAGWARD_URL: service.client.url,
    TAGWARD_REGISTRY: 'local',
    TAGWARD_REPOSITORY: repository,
    TAGWARD_TAG: '2.1.106',
    TAGWARD_SECRET: WEBHOOK_SECRET,
    TAGWARD_READ_TOKEN: READ_TOKEN,
    ...more,
  };
}

/** The same without the secret. */
function tokenVariables(more: Variables = {}): Variables {
  return { ...variables(), TAGWARD_SECRET: '', TAGWARD_SOURCE: 'tokens', ...more };
}

function announce(env: Variables, options: ShellOptions = {}): Promise<Ended> {
  return runShell('sh ./announce.sh', { ...options, env });
}

function push(...tags: readonly string[]): void {
  for (const tag of tags) registry.pushImage(repository, tag);
}

async function front(
  answerOf: (request: SeenRequest, index: number) => CannedAnswer | undefined,
): Promise<Front> {
  const made = await startFront(service.client.url, answerOf);
  fronts.push(made);
  return made;
}

describe('announce.sh', () => {
  it.each(['sh', 'bash'])('moves the tags and prints what moved: %s', async (shell) => {
    push('2.1.106');

    const ended = await runShell(`${shell} ./announce.sh`, { env: variables() });

    expect(ended.stderr).toMatch(/^delivery \d+: accepted$/m);
    expect(ended.stdout.split('\n').sort()).toEqual([
      '',
      expect.stringMatching(/^moved 2 from nothing to 2\.1\.106: ./),
      expect.stringMatching(/^moved 2\.1 from nothing to 2\.1\.106: ./),
      expect.stringMatching(/^moved latest from nothing to 2\.1\.106: ./),
    ]);
    expect(ended.status).toBe(0);
    const tags = registry.tags(repository);
    expect([tags.get('2'), tags.get('2.1')]).toEqual([tags.get('2.1.106'), tags.get('2.1.106')]);
  });

  it('prints what was kept and why', async () => {
    push('2.1.106');
    await announce(variables());
    push('2.1.105');

    const ended = await announce(variables({ TAGWARD_TAG: '2.1.105' }));

    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/^kept 2\.1: .*2\.1\.106/m);
    expect(ended.stdout).not.toMatch(/^moved/m);
  });

  it('takes options, files, and a secret with a line break behind it', async () => {
    push('2.1.106');
    const secretFile = file('secret', `${WEBHOOK_SECRET}\n`);
    const tokenFile = file('token', `${READ_TOKEN}\r\n`);
    const digest = registry.tags(repository).get('2.1.106') ?? '';

    const ended = await runShell(
      `sh ./announce.sh --url ${service.client.url}/ --source ci --registry local --repository ${repository} \
        --tag 2.1.106 --digest ${digest} --prerelease false --run-url 'https://ci.example.com/runs/1?a=b&c=d' \
        --secret-file ${secretFile} --read-token-file ${tokenFile} --wait 60 --attempts 2`,
    );

    expect(ended.status).toBe(0);
    const [delivery] = await listDeliveries(service.client);
    expect(delivery).toMatchObject({ digest, runUrl: 'https://ci.example.com/runs/1?a=b&c=d' });
  });

  it.each([
    ['long', LONG_SECRET],
    ['binary', BINARY_SECRET],
  ])('signs with a %s key', async (source, secret) => {
    push('2.1.106');

    const ended = await announce(variables({ TAGWARD_SOURCE: source, TAGWARD_SECRET: secret }));

    expect(ended.status).toBe(0);
  });

  it('tries again after 503 and 429, as late as it is told, with the same id', async () => {
    push('2.1.106');
    const answers: readonly CannedAnswer[] = [
      {
        status: 503,
        headers: { 'retry-after': '0' },
        body: '{"detail":"the \\"store\\" is full"}',
      },
      { status: 429, headers: { 'Retry-After': '0' }, body: '' },
    ];
    const { url, requests } = await front((_request, index) => answers[index]);

    const ended = await announce(variables({ TAGWARD_URL: url }));

    const posts = requests.filter(({ method }) => method === 'POST');
    expect(ended.status).toBe(0);
    expect(ended.stderr).toContain('attempt 1: 503: the "store" is full; the next one in 0 s');
    expect(ended.stderr).toContain('attempt 2: 429: no reason was given; the next one in 0 s');
    expect(posts).toHaveLength(3);
    expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(posts.map(({ body }) => body)).size).toBe(1);
  });

  it('waits a second when it is not told how long', async () => {
    push('2.1.106');
    const { url } = await front((_request, index) => (index === 0 ? { status: 502 } : undefined));

    const ended = await announce(variables({ TAGWARD_URL: url }));

    expect(ended.stderr).toContain('the next one in 1 s');
    expect(ended.status).toBe(0);
  });

  it('goes on asking for the outcome through trouble', async () => {
    push('2.1.106');
    let gets = 0;
    const { url } = await front(({ method }) => {
      if (method === 'GET') gets += 1;
      return method === 'GET' && gets === 1 ? { status: 503 } : undefined;
    });

    const ended = await announce(variables({ TAGWARD_URL: url }));

    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('moved 2.1 ');
  });

  it('gives up after the last attempt', async () => {
    const { url, requests } = await front(() => ({ status: 503, headers: { 'retry-after': '0' } }));

    const ended = await announce(variables({ TAGWARD_URL: url, TAGWARD_ATTEMPTS: '3' }));

    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('given up after 3 attempts, last: 503');
    expect(requests).toHaveLength(3);
  });

  it('gives up when nobody is there', async () => {
    const env = variables({ TAGWARD_URL: 'http://127.0.0.1:1', TAGWARD_ATTEMPTS: '1' });

    const ended = await announce(env);

    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('http://127.0.0.1:1 did not answer');
  });

  it.each<[string, Variables, string]>([
    [
      'a wrong secret',
      { TAGWARD_SECRET: 'wrong' },
      '401: the request could not be authenticated; look at',
    ],
    ['an unknown source', { TAGWARD_SOURCE: 'nobody' }, '404: the request could not be'],
    [
      'an unknown registry',
      { TAGWARD_REGISTRY: 'elsewhere' },
      '422: data.registry: "elsewhere" is not',
    ],
    [
      'a repository of others',
      { TAGWARD_REPOSITORY: 'other/ui' },
      '403: the source ci may not announce',
    ],
    ['a tag that is none', { TAGWARD_TAG: '-rf' }, '422: data.tag'],
  ])('fails at once with %s', async (_title, more, sentence) => {
    const { url, requests } = await front(() => undefined);

    const ended = await announce(variables({ ...more, TAGWARD_URL: url }));

    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain(sentence);
    expect(requests).toHaveLength(1);
  });

  it('fails when the release is given up', async () => {
    push('1.0.0');

    const ended = await announce(variables());

    expect(ended.status).toBe(1);
    expect(ended.stdout).toMatch(/^given up: /m);
    expect(ended.stderr).toMatch(/announce: Tagward gave up: ./);
  });

  it('says when there was nothing to do', async () => {
    push('nightly');

    const ended = await announce(variables({ TAGWARD_TAG: 'nightly', GITHUB_ACTIONS: 'true' }));

    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/^(ignored: |no moving tag is concerned)/m);
  });

  it('has a status of its own when the outcome takes longer than the wait', async () => {
    const body = JSON.stringify({ status: 'pending', error: null, outcome: null });
    const { url } = await front(({ method }) =>
      method === 'GET' ? { status: 200, body } : undefined,
    );
    push('2.1.106');

    const ended = await announce(variables({ TAGWARD_URL: url, TAGWARD_WAIT: '1' }));

    expect(ended.status).toBe(3);
    expect(ended.stderr).toContain('will be worked on, but was not settled after 1 s');
  });

  it('says that it may not see the outcome', async () => {
    push('2.1.106');

    const ended = await announce(variables({ TAGWARD_READ_TOKEN: '' }));

    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('shown to a token with the scope read only');
  });

  it('does not wait when it is told so', async () => {
    push('2.1.106');
    const { url, requests } = await front(() => undefined);

    const ended = await announce(variables({ TAGWARD_URL: url, TAGWARD_WAIT: '0' }));

    expect(ended).toMatchObject({ status: 0, stdout: 'accepted\n' });
    expect(requests.map(({ method }) => method)).toEqual(['POST']);
  });

  it('reads answers however they are written', async () => {
    const receipt =
      '{ "deliveries" : [ { "reason":null, "x":{}, "y":[[],{"id":1}], "status" : "accepted", "id" : 17 } ] }';
    const target = (release: string | null): object => ({ digest: 'sha256:ab', release });
    const text = 'it said "no", {really}: [a\\b] \u001b[31m\n';
    const decisions = [
      {
        reason: { text, code: 'x' },
        to: target('2.0.0'),
        from: target(null),
        action: 'move',
        tag: '2',
      },
      {
        tag: 'latest',
        action: 'keep',
        reason: { code: 'y', text: 'kept, so: {' },
        from: null,
        to: null,
      },
    ];
    const outcome = JSON.stringify(
      { outcome: { decisions }, status: 'done', error: null },
      null,
      2,
    );
    const { url } = await front(({ method }) =>
      method === 'GET' ? { status: 200, body: outcome } : { status: 202, body: receipt },
    );

    const ended = await announce(variables({ TAGWARD_URL: url }));

    expect(ended.stderr).toContain('delivery 17: accepted');
    expect(ended.stdout.split('\n')).toEqual([
      'moved 2 from sha256:ab to 2.0.0: it said "no", {really}: [a\\b] \\u001b[31m\\n',
      'kept latest: kept, so: {',
      '',
    ]);
  });

  it.each<[string, Variables]>([
    ['no tag', { TAGWARD_TAG: '' }],
    ['no address', { TAGWARD_URL: '' }],
    ['an address without a scheme', { TAGWARD_URL: 'tags.example.com' }],
    ['a quote in the tag', { TAGWARD_TAG: '1"' }],
    ['a command in the tag', { TAGWARD_TAG: '$(touch hacked)' }],
    ['a line break in the repository', { TAGWARD_REPOSITORY: 'a\nb' }],
    ['a backslash in the page of the run', { TAGWARD_RUN_URL: 'https://x/\\' }],
    ['a word for a number', { TAGWARD_WAIT: 'long' }],
    ['an id with a dot', { TAGWARD_WEBHOOK_ID: 'a.b' }],
    ['no proof', { TAGWARD_SECRET: '' }],
    ['a secret file that is not there', { TAGWARD_SECRET_FILE: '/nowhere' }],
    ['perhaps for true', { TAGWARD_PRERELEASE: 'perhaps' }],
  ])('ends with 2 and sends nothing with %s', async (_title, more) => {
    const before = (await listDeliveries(service.client)).length;

    const ended = await announce(variables(more));

    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(/^announce: /);
    expect(await listDeliveries(service.client)).toHaveLength(before);
  });

  it('shows its help, and does not know other options', async () => {
    const help = await runShell('sh ./announce.sh --help');
    const unknown = await runShell('sh ./announce.sh --secret x');

    expect(help).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Exit status: 0 done'),
    });
    expect(unknown).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--secret is unknown'),
    });
  });

  it('shows no secret in the list of processes, and leaves no file', async () => {
    push('2.1.106');
    const spy = spyOnArguments(folder);
    const temporary = mkdtempSync(join(folder, 'tmp-'));
    const secret = BINARY_SECRET.slice('whsec_'.length);
    const env = { PATH: spy.path, TMPDIR: temporary, TAGWARD_SOURCE: 'binary' };

    const signed = await announce(variables({ ...env, TAGWARD_SECRET: BINARY_SECRET }));
    const idToken = await issuer.token({ claims: { aud: AUDIENCE, ...CLAIMS } });
    const byToken = await announce(tokenVariables({ PATH: spy.path, TAGWARD_ID_TOKEN: idToken }));

    const log = spy.read();
    const hex = Buffer.from(secret, 'base64').toString('hex');
    expect([signed.status, byToken.status]).toEqual([0, 0]);
    expect(log).toContain('curl --config - ');
    for (const text of [secret, hex, idToken, READ_TOKEN]) expect(log).not.toContain(text);
    expect((await runShell(`ls ${temporary}`)).stdout).toBe('');
  });
});

describe('announce.sh and its run', () => {
  const RUN = {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_RUN_ID: '77',
    GITHUB_RUN_ATTEMPT: '1',
  };

  async function idOf(env: Variables): Promise<unknown> {
    const { url, requests } = await front(() => ({
      status: 202,
      body: '{"deliveries":[{"id":1}]}',
    }));
    await announce(
      variables({ TAGWARD_URL: url, TAGWARD_REPOSITORY: 'gallery/ui', TAGWARD_WAIT: '0', ...env }),
    );
    return requests[0]?.headers['webhook-id'];
  }

  it.each<[string, Variables, Variables, boolean]>([
    ['the same run', RUN, RUN, true],
    ['another attempt of the run', RUN, { ...RUN, GITHUB_RUN_ATTEMPT: '2' }, false],
    ['another tag', RUN, { ...RUN, TAGWARD_TAG: '2.1.107' }, false],
    ['the same job of GitLab', { CI_JOB_ID: '5' }, { CI_JOB_ID: '5' }, true],
    ['another job of GitLab', { CI_JOB_ID: '5' }, { CI_JOB_ID: '6' }, false],
    ['the same build of Jenkins', { BUILD_URL: 'http://j/1/' }, { BUILD_URL: 'http://j/1/' }, true],
    ['no run at all', {}, {}, false],
  ])('has an id: %s', async (_title, left, right, same) => {
    const [a, b] = [await idOf(left), await idOf(right)];

    expect(a).toMatch(/^announce-[0-9a-f]{32}$/);
    expect(a === b).toBe(same);
  });

  it('finds the delivery of the same run again', async () => {
    push('2.1.106');
    await announce(variables(RUN));

    const again = await announce(variables(RUN));

    expect(again.stderr).toMatch(/^delivery \d+: duplicate$/m);
    expect(again.stdout).toContain('moved 2.1 ');
    expect(again.status).toBe(0);
  });
});

const Action = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string().optional() })),
  outputs: z.record(z.string(), z.object({ value: z.string() })),
  runs: z.object({
    using: z.literal('composite'),
    steps: z.tuple([
      z.object({
        id: z.string(),
        shell: z.literal('sh'),
        env: z.record(z.string(), z.string()),
        run: z.string(),
      }),
    ]),
  }),
});

describe('the GitHub action', () => {
  const action = Action.parse(
    parse(readFileSync(join(RECIPES, 'github-action/action.yml'), 'utf8')),
  );
  const [step] = action.runs.steps;

  /** Runs the step as GitHub does: inputs in their places, and files for what it says. */
  async function runAction(
    inputs: Variables,
    job: Variables = {},
  ): Promise<Ended & { outputs: Variables; summary: string }> {
    const [output, summary] = [file('output', ''), file('summary', '')];
    const env = Object.entries(step.env).map(([name, text]) => {
      const value = text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_all, input: string) => {
        return inputs[input] ?? action.inputs[input]?.default ?? '';
      });
      return [name, value] as const;
    });
    const ended = await runShell(step.run, {
      cwd: folder,
      env: {
        ...Object.fromEntries(env),
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTION_PATH: join(RECIPES, 'github-action'),
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: 'acme/ui',
        GITHUB_RUN_ID: String(images),
        GITHUB_RUN_ATTEMPT: '1',
        ...job,
      },
    });
    const lines = readFileSync(output, 'utf8').trimEnd().split('\n');
    const outputs = Object.fromEntries(lines.map((line) => line.split(/=(.*)/, 2)));
    return { ...ended, outputs, summary: readFileSync(summary, 'utf8') };
  }

  function inputs(more: Variables = {}): Variables {
    const given = { url: service.client.url, registry: 'local', repository, tag: '2.1.106' };
    return { ...given, 'read-token': READ_TOKEN, ...more };
  }

  it('has outputs that its step sets', async () => {
    push('2.1.106');

    const { outputs } = await runAction(inputs({ secret: WEBHOOK_SECRET }));

    expect(Object.values(action.outputs).map(({ value }) => value)).toEqual(
      Object.keys(outputs).map((name) => `\${{ steps.${step.id}.outputs.${name} }}`),
    );
  });

  it('moves tags with a secret, says which, and links the run', async () => {
    push('2.1.106');

    const ended = await runAction(inputs({ secret: WEBHOOK_SECRET }));

    expect(ended.status).toBe(0);
    expect(ended.outputs['moved']?.split(' ').sort()).toEqual(['2', '2.1', 'latest']);
    expect(ended.outputs).toMatchObject({ skipped: '', outcome: 'done' });
    expect(ended.summary).toContain(`### Tagward: ${repository} 2.1.106`);
    expect(ended.summary).toMatch(/^ {4}moved 2\.1 from nothing to 2\.1\.106: /m);
    const delivery = await service.client.get(
      `deliveries/${ended.outputs['delivery'] ?? ''}`,
      READ_TOKEN,
    );
    expect(delivery.json).toMatchObject({
      runUrl: `https://github.com/acme/ui/actions/runs/${images}`,
    });
  });

  it('names what was skipped', async () => {
    push('2.1.106');
    await runAction(inputs({ secret: WEBHOOK_SECRET }));
    push('2.1.105');

    const { outputs } = await runAction(inputs({ secret: WEBHOOK_SECRET, tag: '2.1.105' }));

    expect(outputs['moved']).toBe('');
    expect(outputs['skipped']?.split(' ')).toContain('2.1');
  });

  it('sends the token of the job, asked for with our audience, without any secret', async () => {
    push('2.1.106');
    const asked: SeenRequest[] = [];
    const github = await startFront('', async (request) => {
      asked.push(request);
      const value = await issuer.token({ claims: { aud: AUDIENCE, ...CLAIMS } });
      return { status: 200, body: JSON.stringify({ count: 1, value }) };
    });
    fronts.push(github);

    const ended = await runAction(inputs({ source: 'tokens', audience: AUDIENCE }), {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${github.url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: TOKEN_REQUEST,
    });

    expect(ended.status).toBe(0);
    expect(ended.outputs['moved']).toContain('2.1');
    const [request] = asked;
    const query = new URL(request?.path ?? '', github.url).searchParams;
    expect([query.get('api-version'), query.get('audience')]).toEqual(['2.0', AUDIENCE]);
    expect(request?.headers['authorization']).toBe(`Bearer ${TOKEN_REQUEST}`);
  });

  it('says what is missing without a secret and without leave for a token', async () => {
    const ended = await runAction(inputs());

    expect(ended.status).toBe(2);
    expect(ended.stdout).toMatch(/^::error title=Tagward::nothing to prove .*id-token: write/m);
  });

  it('shows a refusal beside the run', async () => {
    const ended = await runAction(inputs({ secret: 'wrong' }));

    expect(ended.status).toBe(1);
    expect(ended.stdout).toMatch(/^::error title=Tagward::401: the request could not be auth/m);
  });

  it('keeps an input from becoming a command', async () => {
    const ended = await runAction(inputs({ secret: WEBHOOK_SECRET, tag: '1"; touch hacked; "' }));

    expect(ended.status).toBe(2);
    expect((await runShell('ls', { cwd: folder })).stdout).not.toContain('hacked');
  });
});

describe('the other recipes', () => {
  const page = readFileSync(join(RECIPES, 'README.md'), 'utf8');

  beforeAll(() => {
    copyFileSync(join(RECIPES, 'announce.sh'), join(folder, 'announce.sh'));
  });

  function snippets(language: string, text = page): readonly string[] {
    return Array.from(
      text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms')),
      ([, code = '']) => code,
    );
  }

  it('parse as YAML where they are YAML, on every page', () => {
    const pages = [
      page,
      ...['oidc', 'sns'].map((name) =>
        readFileSync(join(RECIPES, `../sources/${name}.md`), 'utf8'),
      ),
    ];

    const parsed = pages
      .flatMap((text) => snippets('yaml', text))
      .map((code): unknown => parse(code));

    expect(parsed.length).toBeGreaterThan(5);
    expect(parsed).not.toContain(null);
  });

  const Job = z.object({
    announce: z.object({
      id_tokens: z.record(z.string(), z.object({ aud: z.string() })),
      variables: z.record(z.string(), z.string()),
      script: z.array(z.string()),
    }),
  });

  it('work on GitLab', async () => {
    push('2.1.106');
    const [job] = snippets('yaml').flatMap(
      (code) => Job.safeParse(parse(code)).data?.announce ?? [],
    );
    const [[tokenName, { aud }] = ['', { aud: '' }]] = Object.entries(job?.id_tokens ?? {});
    const token = await issuer.token({ claims: { aud, ...CLAIMS } });
    const resolved = Object.entries(job?.variables ?? {}).map(([name, value]) => [
      name,
      value.replace('$CI_COMMIT_TAG', '2.1.106'),
    ]);
    const own = {
      TAGWARD_URL: service.client.url,
      TAGWARD_REPOSITORY: repository,
      TAGWARD_SOURCE: 'tokens',
    };

    const ended = await runShell(job?.script.join('\n') ?? '', {
      cwd: folder,
      env: {
        ...Object.fromEntries(resolved),
        ...own,
        [tokenName]: token,
        TAGWARD_READ_TOKEN: READ_TOKEN,
        CI_JOB_ID: '9',
      },
    });

    expect(ended).toMatchObject({ status: 0, stdout: expect.stringContaining('moved 2.1 ') });
  });

  it('work on Jenkins', async () => {
    push('2.1.106');
    const [stage = ''] = snippets('groovy');
    const set = Object.fromEntries(
      Array.from(
        stage.matchAll(
          /^ +(TAGWARD_\w+) = (?:'(.*)'|"\$\{env\.TAG_NAME\}"|credentials\('.*'\))$/gm,
        ),
        ([, name = '', text]) => [name, text ?? ''],
      ),
    );
    const [, command = ''] = /sh '(.*)'/.exec(stage) ?? [];
    const own = {
      TAGWARD_URL: service.client.url,
      TAGWARD_REPOSITORY: repository,
      TAGWARD_TAG: '2.1.106',
    };
    const secret = { TAGWARD_SECRET_FILE: file('jenkins', WEBHOOK_SECRET) };

    const ended = await runShell(command, {
      cwd: folder,
      env: {
        ...set,
        ...own,
        ...secret,
        TAGWARD_READ_TOKEN: READ_TOKEN,
        BUILD_URL: 'https://jenkins.test/job/ui/1/',
      },
    });

    expect(Object.keys(set)).toEqual(expect.arrayContaining(Object.keys({ ...own, ...secret })));
    expect(ended).toMatchObject({ status: 0, stdout: expect.stringContaining('moved 2.1 ') });
  });

  it('work anywhere else', async () => {
    push('2.1.106');
    file('webhook-secret', WEBHOOK_SECRET);
    const [command = ''] = snippets('sh');
    const own = command.replace(AUDIENCE, service.client.url).replace('gallery/ui', repository);

    const ended = await runShell(own, { cwd: folder, env: { TAGWARD_READ_TOKEN: READ_TOKEN } });

    expect(ended).toMatchObject({ status: 0, stdout: expect.stringContaining('moved 2.1 ') });
  });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
