import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { listDeliveries } from '../deliveries/delivery-list';
import { READ_TOKEN, WEBHOOK_SECRET } from '../support/test-config';
import { AUDIENCE, BINARY_SECRET, CLAIMS, LONG_SECRET, RecipeStage } from './recipe-stage';
import { type CannedAnswer, runShell, spyOnArguments, type Variables } from './run-shell';

let stage: RecipeStage;

beforeAll(async () => {
  stage = await RecipeStage.start();
});

beforeEach(() => {
  stage.number += 1;
});

afterAll(() => stage.stop());

describe('announce.sh', () => {
  it.each(['sh', 'bash'])('moves the tags and prints what moved: %s', async (shell) => {
    stage.push('2.1.106');

    const ended = await runShell(`${shell} ./announce.sh`, { env: stage.variables() });

    expect(ended.stderr).toMatch(/^delivery \d+: accepted$/m);
    expect(ended.stdout.split('\n').sort()).toEqual([
      '',
      expect.stringMatching(/^moved 2 from nothing to 2\.1\.106: ./),
      expect.stringMatching(/^moved 2\.1 from nothing to 2\.1\.106: ./),
      expect.stringMatching(/^moved latest from nothing to 2\.1\.106: ./),
    ]);
    expect(ended.status).toBe(0);
    const tags = stage.registry.tags(stage.repository);
    expect([tags.get('2'), tags.get('2.1')]).toEqual([tags.get('2.1.106'), tags.get('2.1.106')]);
  });

  it('prints what was kept and why', async () => {
    stage.push('2.1.106');
    await stage.announce();
    stage.push('2.1.105');

    const ended = await stage.announce({ TAGWARD_TAG: '2.1.105' });

    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/^kept 2\.1: 2\.1\.106 is higher$/m);
    expect(ended.stdout).not.toMatch(/^moved/m);
  });

  it('takes options, files, and a secret with a line break behind it', async () => {
    stage.push('2.1.106');
    const secretFile = stage.file('secret', `${WEBHOOK_SECRET}\n`);
    const tokenFile = stage.file('token', `${READ_TOKEN}\r\n`);
    const digest = stage.registry.tags(stage.repository).get('2.1.106') ?? '';

    const ended = await runShell(
      `sh ./announce.sh --url ${stage.service.client.url}/ --source ci --registry local --repository ${stage.repository} \
        --tag 2.1.106 --digest ${digest} --prerelease false --run-url 'https://ci.example.com/runs/1?a=b&c=d' \
        --secret-file ${secretFile} --read-token-file ${tokenFile} --wait 60 --attempts 2`,
    );

    expect(ended.status).toBe(0);
    const [delivery] = await listDeliveries(stage.service.client);
    expect(delivery).toMatchObject({ digest, runUrl: 'https://ci.example.com/runs/1?a=b&c=d' });
  });

  it.each([
    ['long', LONG_SECRET],
    ['binary', BINARY_SECRET],
  ])('signs with a %s key', async (source, secret) => {
    stage.push('2.1.106');

    const ended = await stage.announce({ TAGWARD_SOURCE: source, TAGWARD_SECRET: secret });

    expect(ended.status).toBe(0);
  });

  it('tries again after 503 and 429, as late as it is told, with the same id', async () => {
    stage.push('2.1.106');
    const answers: readonly CannedAnswer[] = [
      {
        status: 503,
        headers: { 'retry-after': '0' },
        body: '{"detail":"the \\"store\\" is full"}',
      },
      { status: 429, headers: { 'Retry-After': '0' }, body: '' },
    ];
    const { url, requests } = await stage.front((_request, index) => answers[index]);

    const ended = await stage.announce({ TAGWARD_URL: url });

    const posts = requests.filter(({ method }) => method === 'POST');
    expect(ended.status).toBe(0);
    expect(ended.stderr).toContain('attempt 1: 503: the "store" is full; the next one in 0 s');
    expect(ended.stderr).toContain('attempt 2: 429: no reason was given; the next one in 0 s');
    expect(posts).toHaveLength(3);
    expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(posts.map(({ body }) => body)).size).toBe(1);
  });

  it('waits a second when it is not told how long', async () => {
    stage.push('2.1.106');
    const { url } = await stage.front((_request, index) =>
      index === 0 ? { status: 502 } : undefined,
    );

    const ended = await stage.announce({ TAGWARD_URL: url });

    expect(ended.stderr).toContain('the next one in 1 s');
    expect(ended.status).toBe(0);
  });

  it('goes on asking for the outcome through trouble', async () => {
    stage.push('2.1.106');
    let gets = 0;
    const { url } = await stage.front(({ method }) => {
      if (method === 'GET') gets += 1;
      return method === 'GET' && gets === 1 ? { status: 503 } : undefined;
    });

    const ended = await stage.announce({ TAGWARD_URL: url });

    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('moved 2.1 ');
  });

  it('gives up after the last attempt', async () => {
    const { url, requests } = await stage.front(() => ({
      status: 503,
      headers: { 'retry-after': '0' },
    }));

    const ended = await stage.announce({ TAGWARD_URL: url, TAGWARD_ATTEMPTS: '3' });

    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain('given up after 3 attempts, last: 503');
    expect(requests).toHaveLength(3);
  });

  it('gives up when nobody is there', async () => {
    const env = { TAGWARD_URL: 'http://127.0.0.1:1', TAGWARD_ATTEMPTS: '1' };

    const ended = await stage.announce(env);

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
    const { url, requests } = await stage.front(() => undefined);

    const ended = await stage.announce({ ...more, TAGWARD_URL: url });

    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain(sentence);
    expect(requests).toHaveLength(1);
  });

  it('fails when the release is given up', async () => {
    stage.push('1.0.0');

    const ended = await stage.announce();

    expect(ended.status).toBe(1);
    expect(ended.stdout).toMatch(/^given up: /m);
    expect(ended.stderr).toMatch(/announce: Tagward gave up: ./);
  });

  it('says when there was nothing to do', async () => {
    stage.push('nightly');

    const ended = await stage.announce({ TAGWARD_TAG: 'nightly', GITHUB_ACTIONS: 'true' });

    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/^(ignored: |no moving tag is concerned)/m);
  });

  it('has a status of its own when the outcome takes longer than the wait', async () => {
    const body = JSON.stringify({ status: 'pending', error: null, outcome: null });
    const { url } = await stage.front(({ method }) =>
      method === 'GET' ? { status: 200, body } : undefined,
    );
    stage.push('2.1.106');

    const ended = await stage.announce({ TAGWARD_URL: url, TAGWARD_WAIT: '1' });

    expect(ended.status).toBe(3);
    expect(ended.stderr).toContain('will be worked on, but was not settled after 1 s');
  });

  it('says that it may not see the outcome', async () => {
    stage.push('2.1.106');

    const ended = await stage.announce({ TAGWARD_READ_TOKEN: '' });

    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('shown to a token with the scope read only');
  });

  it('does not wait when it is told so', async () => {
    stage.push('2.1.106');
    const { url, requests } = await stage.front(() => undefined);

    const ended = await stage.announce({ TAGWARD_URL: url, TAGWARD_WAIT: '0' });

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
    const { url } = await stage.front(({ method }) =>
      method === 'GET' ? { status: 200, body: outcome } : { status: 202, body: receipt },
    );

    const ended = await stage.announce({ TAGWARD_URL: url });

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
    const before = (await listDeliveries(stage.service.client)).length;

    const ended = await stage.announce(more);

    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(/^announce: /);
    expect(await listDeliveries(stage.service.client)).toHaveLength(before);
  });

  it('shows its help, and does not know other options', async () => {
    const help = await runShell('sh ./announce.sh --help');
    const unknown = await runShell('sh ./announce.sh --secret x');

    expect([help.status, unknown.status]).toEqual([0, 2]);
    expect(help.stdout).toContain('Exit status: 0 done');
    expect(unknown.stderr).toContain('--secret is unknown');
  });

  it('shows no secret in the list of processes, and leaves no file', async () => {
    stage.push('2.1.106');
    const spy = spyOnArguments(stage.folder);
    const temporary = mkdtempSync(join(stage.folder, 'tmp-'));
    const secret = BINARY_SECRET.slice('whsec_'.length);
    const env = { PATH: spy.path, TMPDIR: temporary, TAGWARD_SOURCE: 'binary' };

    const tokens = { TAGWARD_SECRET: '', TAGWARD_SOURCE: 'tokens' };

    const signed = await stage.announce({ ...env, TAGWARD_SECRET: BINARY_SECRET });
    const idToken = await stage.issuer.token({ claims: { aud: AUDIENCE, ...CLAIMS } });
    const byToken = await stage.announce({ ...tokens, PATH: spy.path, TAGWARD_ID_TOKEN: idToken });

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
    const { url, requests } = await stage.front(() => ({
      status: 202,
      body: '{"deliveries":[{"id":1}]}',
    }));
    await stage.announce({
      TAGWARD_URL: url,
      TAGWARD_REPOSITORY: 'gallery/ui',
      TAGWARD_WAIT: '0',
      ...env,
    });
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
    stage.push('2.1.106');
    await stage.announce(RUN);

    const again = await stage.announce(RUN);

    expect(again.stderr).toMatch(/^delivery \d+: duplicate$/m);
    expect(again.stdout).toContain('moved 2.1 ');
    expect(again.status).toBe(0);
  });
});
