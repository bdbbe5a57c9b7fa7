import { z } from 'zod';
import { type Digest, parseDigest, parseRepositoryName } from '../../src/core/names';
import { InUseStore, type NewReport } from '../../src/retention/in-use.store';
import { SimulatedClock } from '../../src/runtime/clock';
import { openTestDatabase, type TestDatabase } from '../database/test-database';
import { NOWHERE } from '../deliveries/delivery-list';
import {
  bearer,
  type HttpAnswer,
  Problem,
  type RunningService,
  startService,
} from '../support/service';
import { OPERATE_TOKEN, READ_TOKEN } from '../support/test-config';
import { DAY, SECOND, START } from '../tagging/stage';

const UI = parseRepositoryName('local/gallery/ui');
const API = parseRepositoryName('local/gallery/api');
const MIB = 1024 * 1024;

function digest(number: number): Digest {
  return parseDigest(`sha256:${String(number).padStart(64, '0')}`);
}

describe(InUseStore, () => {
  let database: TestDatabase;
  let store: InUseStore;

  beforeEach(async () => {
    database = await openTestDatabase();
    store = new InUseStore(database.reader);
  });

  afterEach(() => database.close());

  const replace = (
    reporter: string,
    digests: NewReport['digests'],
    reportedAt = START,
  ): Promise<void> =>
    database.unitOfWork.run((transaction) =>
      store.replace(transaction, { reporter, reportedBy: 'token:admin', reportedAt, digests }),
    );

  it('has every reporter in the answer for every repository', async () => {
    await replace('b', new Map([[UI, [digest(1)]]]));
    await replace('a', new Map(), START + SECOND);

    expect(await store.list(UI)).toEqual([
      { reporter: 'a', reportedAt: START + SECOND, digests: [] },
      { reporter: 'b', reportedAt: START, digests: [digest(1)] },
    ]);
    expect(await store.list(API)).toEqual([
      { reporter: 'a', reportedAt: START + SECOND, digests: [] },
      { reporter: 'b', reportedAt: START, digests: [] },
    ]);
  });

  it('knows nobody before the first report', async () => {
    expect(await store.list(UI)).toEqual([]);
    expect(await store.listReporters('all')).toEqual([]);
  });

  it("replaces a reporter's last report whole, and nobody else's", async () => {
    await replace(
      'a',
      new Map([
        [UI, [digest(1), digest(2)]],
        [API, [digest(3)]],
      ]),
    );
    await replace('b', new Map([[UI, [digest(1)]]]));

    await replace('a', new Map([[UI, [digest(2)]]]), START + DAY);

    expect(await store.list(UI)).toEqual([
      { reporter: 'a', reportedAt: START + DAY, digests: [digest(2)] },
      { reporter: 'b', reportedAt: START, digests: [digest(1)] },
    ]);
    expect(await store.list(API)).toMatchObject([{ digests: [] }, { digests: [] }]);
  });

  it('takes a digest that is named twice once', async () => {
    await replace('a', new Map([[UI, [digest(1), digest(1)]]]));

    expect(await store.list(UI)).toMatchObject([{ digests: [digest(1)] }]);
  });

  it('forgets a reporter with all that it ran', async () => {
    await replace('a', new Map([[UI, [digest(1)]]]));
    await replace('b', new Map([[UI, [digest(2)]]]));
    const forget = (): Promise<boolean> =>
      database.unitOfWork.run((transaction) => store.forget(transaction, 'a'));

    const answers = [await forget(), await forget()];
    await replace('a', new Map());

    expect(answers).toEqual([true, false]);
    expect(await store.list(UI)).toMatchObject([
      { reporter: 'a', digests: [] },
      { reporter: 'b', digests: [digest(2)] },
    ]);
  });

  it('counts repositories and digests of each reporter', async () => {
    await replace(
      'a',
      new Map([
        [UI, [digest(1), digest(2)]],
        [API, [digest(1)]],
      ]),
    );
    await replace('b', new Map());

    const by = { reportedAt: START, reportedBy: 'token:admin' };
    expect(await store.listReporters('all')).toEqual([
      { reporter: 'a', ...by, repositories: 2, digests: 3 },
      { reporter: 'b', ...by, repositories: 0, digests: 0 },
    ]);
  });
});

describe('the routes of in-use reports', () => {
  const clock = new SimulatedClock(START);
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ registryUrl: NOWHERE, clock });
  });

  afterAll(async () => {
    await service.stop();
    service.config.remove();
  });

  const report = (
    reporter: string,
    repositories: unknown,
    token = OPERATE_TOKEN,
  ): Promise<HttpAnswer> =>
    service.client.put(`in-use/${reporter}`, { repositories }, bearer(token));
  const reporters = async (): Promise<readonly unknown[]> => {
    const { json } = await service.client.get('in-use', READ_TOKEN);
    return z.object({ items: z.array(z.unknown()) }).parse(json).items;
  };
  const detailOf = ({ json }: HttpAnswer): string => Problem.parse(json).detail;

  it('take repositories that nobody configured', async () => {
    const answer = await report('unconfigured', { 'nowhere~tools~x': [digest(1)] });

    expect(answer).toMatchObject({ status: 200, json: { repositories: 1, digests: 1 } });
  });

  it('count a digest that is named twice once, and no repository without digests', async () => {
    const answer = await report('twice', {
      'local~gallery~ui': [digest(1), digest(1)],
      'local~gallery~api': [],
    });

    expect(answer.json).toMatchObject({ repositories: 1, digests: 1 });
    expect(await reporters()).toContainEqual(answer.json);
  });

  it('take the time from the server', async () => {
    const headers = { ...bearer(OPERATE_TOKEN), date: new Date(START + DAY).toUTCString() };

    const answer = await service.client.put('in-use/clock', { repositories: {} }, headers);

    const reportedAt = new Date(clock.now()).toISOString();
    expect(answer.json).toMatchObject({ reporter: 'clock', reportedAt });
  });

  it.each([
    {
      what: 'a slug',
      repositories: { 'local/gallery/ui': [] },
      detail:
        'repositories.local/gallery/ui: names no repository: write local/gallery/ui as local~gallery~ui',
    },
    {
      what: 'a digest',
      repositories: { 'local~a': [digest(1), 'sha256:1'] },
      detail: 'repositories.local~a.1: must be sha256: and 64 hex digits in lower case',
    },
    {
      what: 'a tag in the place of a digest',
      repositories: { 'local~a': ['1.0.0'] },
      detail: 'repositories.local~a.0: must be sha256: and 64 hex digits in lower case',
    },
  ])('name $what that is wrong, and store nothing', async ({ repositories, detail }) => {
    const answer = await report('wrong', repositories);

    expect(answer).toMatchObject({ status: 422, json: { code: 'body-invalid', detail } });
    expect(JSON.stringify(await reporters())).not.toContain('"wrong"');
  });

  it.each([
    { what: 'digests', repositories: { 'local~a': Array.from({ length: 9_000 }, () => 'x') } },
    {
      what: 'slugs',
      repositories: Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`X${n}`, []])),
    },
  ])('name the first of many wrong $what', async ({ repositories }) => {
    const answer = await report('wrong', repositories);

    expect(answer.status).toBe(422);
    expect(detailOf(answer).split('; ')).toHaveLength(5);
  });

  it('keep the last report when the next one is wrong', async () => {
    const good = await report('careful', { 'local~a': [digest(1)] });
    clock.advance(DAY);

    const wrong = await report('careful', { 'local~a': [digest(1)], Local: [] });

    expect(wrong.status).toBe(422);
    expect(await reporters()).toContainEqual(good.json);
  });

  it('take reports of up to 1 MiB', async () => {
    // Each digest takes 71 bytes, two quotes and a comma.
    const digests = Array.from({ length: Math.floor(MIB / 74) }, (_, number) => digest(number));
    const fitting = digests.slice(0, -1);

    const taken = await report('large', { 'local~a': fitting });
    const refused = await report('larger', { 'local~a': [...digests, digest(digests.length)] });

    expect(taken).toMatchObject({ status: 200, json: { digests: fitting.length } });
    expect(refused).toMatchObject({ status: 413, json: { code: 'body-too-large' } });
  });

  it.each(['a', 'cluster-A_1.eu', '0', 'constructor', 'x'.repeat(100)])(
    'know a reporter by the name %s',
    async (reporter) => {
      const answer = await report(reporter, {});
      const forgotten = await service.client.delete(`in-use/${reporter}`, OPERATE_TOKEN);

      expect(answer).toMatchObject({ status: 200, json: { reporter } });
      expect(forgotten).toMatchObject({ status: 200, json: { reporter } });
    },
  );

  it.each(['-a', '_a', 'a b', 'a/b', 'a\n', 'ä'])(
    'refuse the name %j and say how names look',
    async (reporter) => {
      const answer = await report(encodeURIComponent(reporter), {});

      expect(answer).toMatchObject({ status: 400, json: { code: 'query-invalid' } });
      expect(detailOf(answer)).toContain('names no reporter: 1 to 100 letters, digits');
    },
  );

  it('refuse a name of 101 characters', async () => {
    expect((await report('x'.repeat(101), {})).status).toBe(400);
  });

  it('want the scope to operate, and to read', async () => {
    await report('kept', {});

    const put = await report('kept', {}, READ_TOKEN);
    const removed = await service.client.delete('in-use/kept', READ_TOKEN);
    const list = await service.client.get('in-use', 'a-token-that-nobody-has');

    const missing = { status: 403, json: { code: 'scope-missing' } };
    expect([put, removed]).toMatchObject([missing, missing]);
    expect(list.status).toBe(401);
    expect(JSON.stringify(await reporters())).toContain('"kept"');
  });

  it('say that nobody reported under a name', async () => {
    const answer = await service.client.delete('in-use/nobody');

    const problem = { code: 'reporter-unknown', detail: 'nobody has never reported' };
    expect(answer).toMatchObject({ status: 404, json: problem });
  });
});
