import { z } from 'zod';
import { FakeRegistry } from '../support/fake-registry';
import { bearer, type HttpAnswer, type RunningService, startService } from '../support/service';
import { ADMIN_TOKEN, WEBHOOK_SECRET, writeTestConfig } from '../support/test-config';
import { editConfig, receiptOf } from '../deliveries/delivery-list';
import { withPolicy } from '../retention/pruning';

const TEAM_TOKEN = WEBHOOK_SECRET;
const TEAM =
  '  - { name: team, tokenFile: ./secrets/WEBHOOK_SECRET, scopes: [read, operate, admin]';
const OURS = 'local/gallery/ui';
const THEIRS = 'local/vault/keys';
const NO_SUCH = 'local/vault/nothing';

const Paths = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const Items = z.looseObject({ items: z.array(z.unknown()) });
const Id = z.object({ id: z.number() });

/** Bodies that the routes take, for a repository. A route that wants one and is not here fails. */
const reason = 'because';
const LATER = '2126-01-01T00:00:00Z';
const BODIES: Readonly<Record<string, (repository: string) => object>> = {
  'POST /api/v1/plans': (repository) => ({ repository }),
  'POST /api/v1/releases': (repository) => ({ repository, tag: '1.0.0' }),
  'POST /api/v1/imports': (repository) => ({ repository }),
  'POST /api/v1/registries/{id}/diagnoses': (repository) => ({ repository }),
  'POST /api/v1/deliveries/replays': (repository) => ({
    ...{ repository, since: '2020-01-01T00:00:00Z', until: LATER, dryRun: false },
  }),
  'PUT /api/v1/in-use/{reporter}': (repository) => ({ repositories: { [slugOf(repository)]: [] } }),
  'POST /api/v1/retention-runs/{id}/cancellations': () => ({ reason }),
  'PUT /api/v1/repositories/{slug}/pins/{target}': () => ({ reason }),
  'PUT /api/v1/repositories/{slug}/tags/{tag}/hold': () => ({ reason }),
  'PUT /api/v1/repositories/{slug}/releases/{tag}/withdrawal': () => ({ reason }),
  'POST /api/v1/repositories/{slug}/tags/{tag}/rollbacks': () => ({ to: '1.0.0', reason }),
  'POST /api/v1/repositories/{slug}/backtests': () => ({ rules: {} }),
  'POST /api/v1/repositories/{slug}/retention-replays': () => ({
    policy: { rules: [{ class: 'release', keep: { any: [{ newestPatches: 1, per: 'minor' }] } }] },
  }),
};

/** Answers that hold what is in reach and nothing else. */
const LISTS: ReadonlySet<string> = new Set([
  'GET /api/v1/audit',
  'GET /api/v1/deliveries',
  'GET /api/v1/moves',
  'GET /api/v1/repositories',
  'GET /api/v1/registries',
  'GET /api/v1/sources',
  'GET /api/v1/in-use',
]);

describe('a token that is limited to some repositories', () => {
  let registry: FakeRegistry;
  let service: RunningService;
  /** Ids of what belongs to the other repository. */
  let theirs: { readonly delivery: number; readonly plan: number; readonly run: number };
  let secret: string;

  beforeAll(async () => {
    registry = await FakeRegistry.start();
    secret = registry.pushImage('vault/keys', '1.0.0', { seed: 'theirs' }).digest;
    registry.pushImage('gallery/ui', '1.0.0', { seed: 'ours' });
    const config = writeTestConfig({
      ...{ registryUrl: registry.url, anonymous: 'none' },
      ...withPolicy('{ newestPatches: 1, per: minor }'),
    });
    editConfig(config, { 'anonymous:': `${TEAM}, repositories: [local/gallery/*] }\nanonymous:` });
    service = await startService({ registryUrl: registry.url, config });
    const delivery = await announced(THEIRS);
    await announced(OURS);
    const { client } = service;
    const made = await client.post(`repositories/${slugOf(THEIRS)}/retention-plans`);
    const plan = z.object({ id: z.number(), planHash: z.string() }).parse(made.json);
    const ran = await client.post(
      `retention-plans/${plan.id}/executions`,
      {},
      {
        ...bearer(ADMIN_TOKEN),
        'if-match': plan.planHash,
      },
    );
    const { run } = z.object({ run: Id }).parse(ran.json);
    const Run = z.object({ status: z.string() });
    await client.until(
      async () => Run.parse((await get(`retention-runs/${run.id}`)).json),
      ({ status }) => status === 'done',
    );
    await client.put('in-use/cluster', { repositories: { [slugOf(THEIRS)]: [secret] } });
    theirs = { delivery, plan: plan.id, run: run.id };
  });

  afterAll(async () => {
    await service.stop();
    service.config.remove();
    await registry.stop();
  });

  const announced = async (repository: string): Promise<number> => {
    const { client } = service;
    const answer = await client.post('releases', { repository, tag: '1.0.0' });
    const { id } = receiptOf(answer);
    await client.until(
      async () => z.object({ status: z.string() }).parse((await get(`deliveries/${id}`)).json),
      ({ status }) => status === 'done',
    );
    return id;
  };

  const get = (path: string): Promise<HttpAnswer> => service.client.get(path, ADMIN_TOKEN);

  const pathFor = (path: string, repository: string): string =>
    path
      .replace('{slug}', slugOf(repository))
      .replace('{tag}', '1.0.0')
      .replace(/\{target\}|\{digest\}/, secret)
      .replace('{reporter}', 'cluster')
      .replace('registries/{id}', 'registries/local')
      .replace('deliveries/{id}', `deliveries/${theirs.delivery}`)
      .replace('retention-plans/{id}', `retention-plans/${theirs.plan}`)
      .replace('retention-runs/{id}', `retention-runs/${theirs.run}`)
      .concat(path.endsWith('/at') ? `?time=${LATER}` : '');

  const ask = (operation: string, repository: string, token: string): Promise<HttpAnswer> => {
    const [method = '', path = ''] = operation.split(' ');
    const body = BODIES[operation]?.(repository) ?? (method === 'GET' ? undefined : {});
    const headers = { ...bearer(token), 'if-match': '0'.repeat(64) };
    return service.client.send(
      method,
      pathFor(path, repository),
      body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body === undefined ? undefined : JSON.stringify(body),
    );
  };

  const listOperations = async (): Promise<readonly string[]> => {
    const { paths } = Paths.parse((await service.client.send('GET', '/openapi.json')).json);
    return Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/'))
      .flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
  };

  const stateOfTheirs = async (): Promise<unknown> => {
    const slug = slugOf(THEIRS);
    const paths = [
      `repositories/${slug}`,
      `repositories/${slug}/tags`,
      `moves?repository=${THEIRS}`,
    ];
    const more = [`deliveries?repository=${THEIRS}`, `repositories/${slug}/holds`, 'in-use'];
    const runs = [`repositories/${slug}/pins`, `retention-runs/${theirs.run}`];
    return Promise.all([...paths, ...more, ...runs].map(async (path) => (await get(path)).json));
  };

  it('finds nothing of another repository on any route, and changes nothing there', async () => {
    const before = await stateOfTheirs();

    const answers: (readonly [string, number])[] = [];
    for (const operation of await listOperations()) {
      const { status, json } = await ask(operation, THEIRS, TEAM_TOKEN);
      const text = JSON.stringify(json);
      const isQuiet = status === 404 || !/vault|keys/.test(text);
      const isKept = !text.includes(secret) || pathOf(operation).includes('{digest}');
      answers.push([operation, isQuiet && isKept ? status : -1]);
    }

    const expected = answers.map(([operation]) => [operation, LISTS.has(operation) ? 200 : 404]);
    expect(answers).toEqual(expected);
    expect(await stateOfTheirs()).toEqual(before);
  });

  it('gets the same answer about a repository that does not exist', async () => {
    for (const operation of await listOperations()) {
      if (!operation.includes('{slug}') && BODIES[operation] === undefined) continue;
      if (operation.includes('{reporter}')) continue;
      const [there, nowhere] = [
        await ask(operation, THEIRS, TEAM_TOKEN),
        await ask(operation, NO_SUCH, TEAM_TOKEN),
      ];

      expect(wordsOf(nowhere)).toBe(wordsOf(there));
    }
  });

  it('works on its own repositories', async () => {
    const { client } = service;
    const team = bearer(TEAM_TOKEN);

    const lists = await Promise.all(
      ['deliveries', 'moves', 'repositories'].map(async (path) => {
        const { items } = Items.parse((await client.get(path, TEAM_TOKEN)).json);
        return items.length > 0 && items.every((item) => JSON.stringify(item).includes(OURS));
      }),
    );
    const held = await client.put(`repositories/${slugOf(OURS)}/tags/1.0/hold`, { reason }, team);
    const filtered = await client.get(`moves?repository=${THEIRS}`, TEAM_TOKEN);
    const planned = await client.post(`repositories/${slugOf(OURS)}/retention-plans`, {}, team);
    const plan = await client.get(`retention-plans/${Id.parse(planned.json).id}`, TEAM_TOKEN);
    const report = { repositories: { [slugOf(OURS)]: [secret] } };
    const reported = await client.put('in-use/our-cluster', report, team);
    const reporters = await client.get('in-use', TEAM_TOKEN);

    expect(lists).toEqual([true, true, true]);
    expect([held.status, planned.status, plan.status, reported.status]).toEqual([
      200, 201, 200, 200,
    ]);
    expect(filtered.json).toEqual({ items: [] });
    expect(reporters.json).toMatchObject({ items: [{ reporter: 'our-cluster' }] });
  });

  it('reads no metrics, which tell of all repositories', async () => {
    const answer = await service.client.send('GET', '/metrics', bearer(TEAM_TOKEN));

    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ code: 'scope-missing' });
  });

  it('is nobody else: the others reach everything', async () => {
    const { items } = Items.parse((await get('repositories')).json);

    expect(items).toMatchObject([{ repository: OURS }, { repository: THEIRS }]);
  });
});

function slugOf(repository: string): string {
  return repository.replaceAll('/', '~');
}

function pathOf(operation: string): string {
  return operation.split(' ')[1] ?? '';
}

/** What an answer says, without what the caller said. */
function wordsOf({ status, json }: HttpAnswer): string {
  const text = JSON.stringify({ status, json }).replace(/"requestId":"[^"]*"/, '');
  return text.replaceAll(/vault.(keys|nothing)/g, 'vault/…');
}
