import { AccessGuard } from '../../src/http/access.guard';
import {
  bearer,
  type HttpAnswer,
  Problem,
  type RunningService,
  startService,
} from '../support/service';
import {
  ADMIN_TOKEN,
  EVENTS_TOKEN,
  OPERATE_TOKEN,
  READ_TOKEN,
  WEBHOOK_SECRET,
} from '../support/test-config';
import { NOWHERE } from '../deliveries/delivery-list';

const SLUG = 'local~gallery~ui';
const DIGEST = `sha256:${'a'.repeat(64)}`;

const READS = [
  'deliveries',
  'deliveries/1',
  'moves',
  'repositories',
  `repositories/${SLUG}`,
  `repositories/${SLUG}/timeline`,
  `repositories/${SLUG}/tags`,
  `repositories/${SLUG}/tags/2.1`,
  `repositories/${SLUG}/tags/2.1/history`,
  `repositories/${SLUG}/tags/2.1/at?time=2026-07-03T10:00:00Z`,
  `repositories/${SLUG}/digests/${DIGEST}/tags`,
  'retention-plans/1',
  'retention-runs/1',
];
const OPERATIONS = [
  'deliveries/1/replays',
  'releases',
  'plans',
  `repositories/${SLUG}/reconciliations`,
  `repositories/${SLUG}/retention-plans`,
];
const ADMINISTRATION = ['retention-plans/1/executions'];

let open: RunningService;
let closed: RunningService;

beforeAll(async () => {
  open = await startService({ registryUrl: NOWHERE, anonymous: 'read' });
  closed = await startService({ registryUrl: NOWHERE, anonymous: 'none' });
});

afterAll(async () => {
  for (const service of [open, closed]) {
    await service.stop();
    service.config.remove();
  }
});

describe(AccessGuard, () => {
  it.each(READS)('lets anybody read %s when anonymous is read', async (path) => {
    expect(isAdmitted(await open.client.get(path))).toBe(true);
  });

  it.each(READS)('asks for a token to read %s when anonymous is none', async (path) => {
    expect(codeOf(await closed.client.get(path))).toEqual([401, 'token-missing']);
  });

  it.each(READS)('lets each token read %s', async (path) => {
    for (const token of [READ_TOKEN, OPERATE_TOKEN, ADMIN_TOKEN]) {
      expect(isAdmitted(await closed.client.get(path, token))).toBe(true);
    }
  });

  it.each(READS)('refuses a wrong token to read %s even where anybody may', async (path) => {
    const answer = await open.client.get(path, 'a-token-that-nobody-has');

    expect(codeOf(answer)).toEqual([401, 'authentication-failed']);
  });

  it.each([...OPERATIONS, ...ADMINISTRATION])('asks for a token to post to %s', async (path) => {
    expect(codeOf(await open.client.post(path, {}, {}))).toEqual([401, 'token-missing']);
  });

  it.each([...OPERATIONS, ...ADMINISTRATION])('refuses a reader who posts to %s', async (path) => {
    const answer = await open.client.post(path, {}, bearer(READ_TOKEN));

    expect(codeOf(answer)).toEqual([403, 'scope-missing']);
    expect(Problem.parse(answer.json).detail).toMatch(/^the token reader lacks the scope \w+$/);
  });

  it.each(OPERATIONS)('lets operators and administrators post to %s', async (path) => {
    for (const token of [OPERATE_TOKEN, ADMIN_TOKEN]) {
      expect(isAdmitted(await open.client.post(path, {}, bearer(token)))).toBe(true);
    }
  });

  it.each(ADMINISTRATION)('lets only administrators post to %s', async (path) => {
    const [refused, admitted] = [
      await open.client.post(path, {}, bearer(OPERATE_TOKEN)),
      await open.client.post(path, {}, bearer(ADMIN_TOKEN)),
    ];

    expect(codeOf(refused)).toEqual([403, 'scope-missing']);
    expect(isAdmitted(admitted)).toBe(true);
  });

  it.each([
    ['a shorter one', READ_TOKEN.slice(0, -1)],
    ['a longer one', `${READ_TOKEN}x`],
    ['one in upper case', READ_TOKEN.toUpperCase()],
    ['the secret of a source', WEBHOOK_SECRET],
    ['the token of a source', EVENTS_TOKEN],
    ['one of 10 kB', 't'.repeat(10_000)],
  ])('refuses instead of a token %s', async (_title, token) => {
    expect(codeOf(await closed.client.get('moves', token))).toEqual([401, 'authentication-failed']);
  });

  it.each(['', 'Bearer', READ_TOKEN, `Basic ${READ_TOKEN}`, `Bearer ${READ_TOKEN} more`])(
    'reads no token from "%s"',
    async (authorization) => {
      const answer = await closed.client.send('GET', '/api/v1/moves', { authorization });

      expect(codeOf(answer)).toEqual([401, 'token-missing']);
    },
  );

  it('takes the scheme in any case', async () => {
    const headers = { authorization: `bearer ${READ_TOKEN}` };

    expect((await closed.client.send('GET', '/api/v1/moves', headers)).status).toBe(200);
  });

  it('takes no token from the query', async () => {
    const answer = await closed.client.get(`moves?access_token=${READ_TOKEN}`);

    expect(answer.status).toBe(401);
  });

  it.each(['/livez', '/readyz'])('leaves %s open', async (path) => {
    expect((await closed.client.send('GET', path)).status).toBe(200);
  });

  it('says with each 401 how to authenticate', async () => {
    const answers = [await closed.client.get('moves'), await open.client.get('moves', 'wrong')];

    expect(answers.map(({ headers }) => headers.get('www-authenticate'))).toEqual([
      'Bearer',
      'Bearer',
    ]);
  });

  it('shows no secret in any answer', async () => {
    const answers = [
      ...(await Promise.all(READS.map((path) => open.client.get(path, ADMIN_TOKEN)))),
      ...(await Promise.all(OPERATIONS.map((path) => open.client.post(path)))),
      await open.client.get('moves', `${ADMIN_TOKEN}x`),
      await open.client.send('GET', '/openapi.json'),
      await open.client.webhook({ tag: '1.0.0' }, { id: 'a.b' }),
      await open.client.webhook({ tag: '1.0.0' }),
      await open.client.send('POST', '/webhooks/events', {
        authorization: `Bearer ${ADMIN_TOKEN}`,
      }),
    ];

    const text = answers
      .map(({ json, headers }) => JSON.stringify([json, [...headers]]))
      .join('\n');
    for (const secret of [ADMIN_TOKEN, OPERATE_TOKEN, READ_TOKEN, EVENTS_TOKEN, WEBHOOK_SECRET]) {
      expect(text).not.toContain(secret);
    }
  });
});

function codeOf(answer: HttpAnswer): readonly [number, string] {
  return [answer.status, Problem.parse(answer.json).code];
}

/** Whatever the route says then: there is nothing in these databases. */
function isAdmitted({ status }: HttpAnswer): boolean {
  return ![401, 403].includes(status) && status < 500;
}
