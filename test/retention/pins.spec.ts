import { parseRepositoryName, parseTagName, parseDigest } from '../../src/core/names';
import type { PinEntity } from '../../src/retention/pin.entity';
import { PinStore } from '../../src/retention/pin.store';
import { SimulatedClock } from '../../src/runtime/clock';
import { failureOf, openTestDatabase, type TestDatabase } from '../database/test-database';
import { NOWHERE } from '../deliveries/delivery-list';
import { bearer, type HttpAnswer, type RunningService, startService } from '../support/service';
import { OPERATE_TOKEN, READ_TOKEN } from '../support/test-config';
import { DAY, SECOND, START } from '../tagging/stage';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const TAG = parseTagName('1.4.0');
const UI = parseRepositoryName('local/gallery/ui');
const API = parseRepositoryName('local/gallery/api');

describe(PinStore, () => {
  let database: TestDatabase;
  let store: PinStore;

  beforeEach(async () => {
    database = await openTestDatabase();
    store = new PinStore(database.reader);
  });

  afterEach(() => database.close());

  const set = (target: string, facts: Partial<PinEntity> = {}): Promise<void> => {
    const pin = { repository: UI, target, reason: 'a barrier', createdBy: 'token:admin' };
    const times = { createdAt: START, expiresAt: null };
    return database.unitOfWork.run((transaction) =>
      store.set(transaction, { ...pin, ...times, ...facts }),
    );
  };

  it('tells tags from digests', async () => {
    await set(TAG);
    await set(DIGEST);

    const pins = await store.list(UI, START);

    const facts = { reason: 'a barrier', expiresAt: null };
    expect(pins).toEqual([
      { target: { kind: 'tag', tag: TAG }, ...facts },
      { target: { kind: 'digest', digest: DIGEST }, ...facts },
    ]);
  });

  it.each([
    { when: 'before its end', now: START + DAY - 1, count: 1 },
    { when: 'at its end', now: START + DAY, count: 0 },
    { when: 'after its end', now: START + DAY + 1, count: 0 },
  ])('gives $count pins $when', async ({ now, count }) => {
    await set(TAG, { expiresAt: START + DAY });

    expect(await store.list(UI, now)).toHaveLength(count);
    expect(await store.listRecords(UI, now)).toHaveLength(count);
  });

  it('keeps repositories apart', async () => {
    await set(TAG);

    const removed = await database.unitOfWork.run((transaction) =>
      store.remove(transaction, API, TAG),
    );

    expect(removed).toBeUndefined();
    expect(await store.list(API, START)).toEqual([]);
    expect(await store.list(UI, START)).toHaveLength(1);
  });

  it('has one pin for a target, the last one', async () => {
    await set(TAG, { expiresAt: START + DAY });
    await set(TAG, { reason: 'a customer', createdBy: 'token:other', createdAt: START + SECOND });

    const records = await store.listRecords(UI, START);

    const times = { createdAt: START + SECOND, expiresAt: null };
    expect(records).toMatchObject([{ reason: 'a customer', createdBy: 'token:other', ...times }]);
  });

  it('keeps nothing of a transaction that fails', async () => {
    const trouble = new Error('trouble');

    const failure = await failureOf(
      database.unitOfWork.run(async (transaction) => {
        const facts = { reason: 'x', createdBy: 'x', createdAt: START, expiresAt: null };
        await store.set(transaction, { repository: UI, target: TAG, ...facts });
        throw trouble;
      }),
    );

    expect(failure).toBe(trouble);
    expect(await store.list(UI, START)).toEqual([]);
  });
});

describe('the routes of pins', () => {
  const clock = new SimulatedClock(START);
  let service: RunningService;
  let slug: string;
  let number = 0;

  beforeAll(async () => {
    service = await startService({ registryUrl: NOWHERE, clock });
  });

  beforeEach(() => {
    number += 1;
    slug = `local~gallery~r${number}`;
  });

  afterAll(async () => {
    await service.stop();
    service.config.remove();
  });

  const set = (target: string, body: unknown = { reason: 'x' }): Promise<HttpAnswer> =>
    service.client.put(`repositories/${slug}/pins/${target}`, body, bearer(OPERATE_TOKEN));
  const list = (): Promise<HttpAnswer> =>
    service.client.get(`repositories/${slug}/pins`, READ_TOKEN);

  it('list the newest first, with the time of the server', async () => {
    for (const target of ['1.0.0', DIGEST, '1.1.0']) {
      await set(target);
      clock.advance(SECOND);
    }

    const { json } = await list();

    const at = (seconds: number): string => new Date(clock.now() - seconds * SECOND).toISOString();
    expect(json).toMatchObject({
      items: [
        { target: '1.1.0', kind: 'tag', createdAt: at(1), by: 'token:ops' },
        { target: DIGEST, kind: 'digest', createdAt: at(2) },
        { target: '1.0.0', kind: 'tag', createdAt: at(3) },
      ],
    });
  });

  it('read a digest with its colon escaped', async () => {
    const answer = await set(DIGEST.replace(':', '%3A'));

    expect(answer).toMatchObject({ status: 200, json: { target: DIGEST, kind: 'digest' } });
  });

  it.each([
    {
      target: '-1',
      body: { reason: 'x' },
      problem: {
        code: 'tag-invalid',
        detail:
          '"-1" is no legal tag: 1 to 128 letters, digits, "_", "." and "-", not beginning with "." or "-"',
      },
    },
    {
      target: 'sha256:12',
      body: { reason: 'x' },
      problem: {
        code: 'digest-invalid',
        detail: '"sha256:12" is no digest: sha256: and 64 hex digits in lower case',
      },
    },
    {
      target: 'tagward-restore-x',
      body: { reason: 'x' },
      problem: {
        code: 'tag-invalid',
        detail: "tagward-restore-x is Tagward's own: pin the digest instead",
      },
    },
    {
      target: 'tagward-probe-x',
      body: { reason: 'x' },
      problem: {
        code: 'tag-invalid',
        detail: "tagward-probe-x is Tagward's own: pin the digest instead",
      },
    },
    {
      target: '1.0.0',
      body: { reason: 'x', expiresAt: new Date(START - DAY).toISOString() },
      problem: { code: 'body-invalid', detail: 'expiresAt: must be a time to come' },
    },
    {
      target: '1.0.0',
      body: { reason: ' ' },
      problem: { code: 'body-invalid', detail: 'reason: say why' },
    },
  ])('refuse $target with $problem.code', async ({ target, body, problem }) => {
    const answer = await set(target, body);

    expect(answer).toMatchObject({ status: 422, json: problem });
    expect((await list()).json).toEqual({ items: [] });
  });

  it('say that a name in the path is no repository', async () => {
    const answer = await service.client.put('repositories/Local/pins/1.0.0', { reason: 'x' });

    expect(answer).toMatchObject({ status: 404, json: { code: 'repository-unknown' } });
  });

  it('let a reader take no pin away', async () => {
    await set('1.0.0');

    const answer = await service.client.delete(`repositories/${slug}/pins/1.0.0`, READ_TOKEN);

    expect(answer).toMatchObject({ status: 403, json: { code: 'scope-missing' } });
    expect((await list()).json).toMatchObject({ items: [{ target: '1.0.0' }] });
  });

  it('know the pins of before after a restart', async () => {
    await set('1.0.0', { reason: 'a barrier' });
    const before = await list();
    await service.stop();
    const { config } = service;
    service = await startService({ registryUrl: NOWHERE, clock, config });

    const after = await list();

    expect(before.json).toMatchObject({ items: [{ target: '1.0.0' }] });
    expect(after.json).toEqual(before.json);
  });
});
