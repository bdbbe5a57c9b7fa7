import { describeOnRealRegistries } from '../support/real-registries';
import { bearer, type HttpAnswer } from '../support/service';
import { ADMIN_TOKEN, OPERATE_TOKEN, READ_TOKEN } from '../support/test-config';
import { DAY, useStage } from './stage';
import type { TestRepository } from './test-repository';

const HOLD = { reason: 'a customer tests against it' };

describeOnRealRegistries('what people decide', (start) => {
  const stage = useStage(start);

  function send(
    repository: TestRepository,
    method: 'PUT' | 'DELETE' | 'POST',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<HttpAnswer> {
    const all = { ...bearer(OPERATE_TOKEN), 'content-type': 'application/json', ...headers };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const url = `/api/v1/repositories/${repository.slug}/${path}`;
    return stage.service().client.send(method, url, all, text);
  }

  const withdraw = (repository: TestRepository, tag: string): Promise<HttpAnswer> =>
    send(repository, 'PUT', `releases/${tag}/withdrawal`, { reason: 'it loses data' });
  const restore = (repository: TestRepository, tag: string): Promise<HttpAnswer> =>
    send(repository, 'DELETE', `releases/${tag}/withdrawal`);
  const hold = (
    repository: TestRepository,
    tag: string,
    body: object = HOLD,
  ): Promise<HttpAnswer> => send(repository, 'PUT', `tags/${tag}/hold`, body);

  async function kindsOf(repository: TestRepository, tag: string): Promise<readonly string[]> {
    return (await repository.moves(`&tag=${tag}`)).map(({ kind }) => kind);
  }

  describe('a withdrawn release', () => {
    it('leaves its tags to the highest release left, each in one move', async () => {
      const repository = stage.repository();
      await repository.publish('2.4.45', '2.4.46', '2.4.47', '2.3.9');
      const before = (await repository.moves()).length;

      const answer = await withdraw(repository, '2.4.47');

      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({ status: 'done', tag: '2.4.47' });
      expect(await repository.movingTags()).toEqual({
        ...{ latest: '2.4.46', '2': '2.4.46', '2.4': '2.4.46', '2.3': '2.3.9' },
      });
      expect((await repository.moves()).length - before).toBe(3);
      expect(await kindsOf(repository, 'latest')).toEqual([
        'withdrawn',
        'released',
        'released',
        'released',
      ]);
    });

    it('gets its tags back when it is restored', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0', '1.0.1');
      const before = await repository.movingTags();
      await withdraw(repository, '1.0.1');

      expect((await restore(repository, '1.0.1')).status).toBe(200);

      expect(await repository.movingTags()).toEqual(before);
      expect((await kindsOf(repository, 'latest'))[0]).toBe('restored');
    });

    it('does not get them back when a higher one has come meanwhile', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0', '1.0.1');
      await withdraw(repository, '1.0.1');
      await repository.publish('1.0.2');

      await restore(repository, '1.0.1');

      expect(await repository.movingTags()).toEqual({
        latest: '1.0.2',
        '1': '1.0.2',
        '1.0': '1.0.2',
      });
    });

    it('is refused when it is announced again, until it is restored', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0', '1.0.1');
      await withdraw(repository, '1.0.1');

      const refused = await repository.announce('1.0.1');

      expect(refused).toMatchObject({ status: 'ignored', error: { code: 'withdrawn' } });
      expect((await repository.movingTags())['latest']).toBe('1.0.0');
      await restore(repository, '1.0.1');
      expect((await repository.announce('1.0.1')).status).toBe('done');
    });

    it('that was alone leaves its tags where they are', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0');

      const answer = await withdraw(repository, '1.0.0');

      expect(answer.json).toMatchObject({ decisions: [] });
      expect(await repository.movingTags()).toEqual({
        latest: '1.0.0',
        '1': '1.0.0',
        '1.0': '1.0.0',
      });
    });

    it('that owns nothing moves nothing', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0', '1.0.1');
      const before = (await repository.moves()).length;

      await withdraw(repository, '1.0.0');

      expect(await repository.moves()).toHaveLength(before);
    });

    it('stays withdrawn over a sweep', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0', '1.0.1');
      await withdraw(repository, '1.0.1');

      await repository.reconcile();

      expect((await repository.movingTags())['latest']).toBe('1.0.0');
    });
  });

  describe('a hold', () => {
    it('keeps one tag while releases move the others', async () => {
      const repository = stage.repository();
      await repository.publish('2.1.0');
      expect((await hold(repository, '2')).status).toBe(200);

      const delivery = await repository.publish('2.2.0');

      expect(await repository.movingTags()).toEqual({
        ...{ latest: '2.2.0', '2': '2.1.0', '2.1': '2.1.0', '2.2': '2.2.0' },
      });
      const kept = delivery.outcome?.decisions.find(({ tag }) => tag === '2');
      expect(kept?.reason.code).toBe('held');
      expect(kept?.reason.text).toBe('kept: held by token:ops: a customer tests against it');
    });

    it('keeps a tag from being made', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0');
      await hold(repository, '2');

      await repository.publish('2.0.0');

      expect(Object.keys(await repository.movingTags())).not.toContain('2');
    });

    it('that is released lets the tag go to the present owner in one move', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0');
      await hold(repository, 'latest');
      await repository.publish('1.0.1', '1.0.2', '1.0.3');
      const before = await kindsOf(repository, 'latest');

      const answer = await send(repository, 'DELETE', 'tags/latest/hold');

      expect(answer.status).toBe(200);
      expect((await repository.movingTags())['latest']).toBe('1.0.3');
      expect(await kindsOf(repository, 'latest')).toEqual(['hold-released', ...before]);
      expect((await send(repository, 'DELETE', 'tags/latest/hold')).status).toBe(404);
    });

    it('ends by itself', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0');
      const expiresAt = new Date(stage.clock.now() + DAY).toISOString();
      await hold(repository, 'latest', { ...HOLD, expiresAt });
      await repository.publish('1.0.1');
      expect((await repository.movingTags())['latest']).toBe('1.0.0');

      stage.clock.advance(DAY);

      const kinds = await stage.service().client.until(
        () => kindsOf(repository, 'latest'),
        ([last]) => last !== 'released',
      );
      expect(kinds[0]).toBe('hold-released');
      expect((await repository.movingTags())['latest']).toBe('1.0.1');
    });

    it('is listed while it is in force', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0');
      await hold(repository, '1');

      const { json } = await stage.service().client.get(`repositories/${repository.slug}/holds`);

      expect(json).toEqual({
        items: [
          { repository: repository.name, tag: '1', by: 'token:ops', expiresAt: null, ...HOLD },
        ],
      });
    });
  });

  describe('a rollback', () => {
    it('moves the tag and holds it there', async () => {
      const repository = stage.repository();
      await repository.publish('2.1.105', '2.1.106');

      const answer = await send(repository, 'POST', 'tags/2/rollbacks', {
        ...{ to: '2.1.105', reason: 'it is slow' },
      });

      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({
        from: { release: '2.1.106' },
        to: { release: '2.1.105' },
      });
      await repository.publish('2.1.107');
      expect(await repository.movingTags()).toEqual({
        ...{ latest: '2.1.107', '2': '2.1.105', '2.1': '2.1.107' },
      });
      expect((await kindsOf(repository, '2'))[0]).toBe('rolled-back');
    });

    it('can go to a digest', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0', '1.0.1');
      const to = await repository.digestOf('1.0.0');

      await send(repository, 'POST', 'tags/latest/rollbacks', { to, reason: 'it is slow' });

      expect((await repository.movingTags())['latest']).toBe('1.0.0');
    });

    it('is refused when the tag is no longer where it was seen', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0', '1.0.1');
      const seen = await repository.digestOf('1.0.0');
      const body = { to: '1.0.0', reason: 'it is slow' };

      const stale = await send(repository, 'POST', 'tags/1/rollbacks', body, {
        'if-match': `"${seen}"`,
      });

      expect(stale).toMatchObject({ status: 412, json: { code: 'precondition-failed' } });
      expect((await repository.movingTags())['1']).toBe('1.0.1');
      const current = await repository.digestOf('1.0.1');
      const fresh = await send(repository, 'POST', 'tags/1/rollbacks', body, {
        'if-match': current,
      });
      expect(fresh.status).toBe(200);
    });
  });

  describe('a decision that cannot be taken', () => {
    it.each`
      what                                | method      | path                           | body                                              | status | code
      ${'a withdrawal of an unknown one'} | ${'PUT'}    | ${'releases/9.9.9/withdrawal'} | ${{ reason: 'x' }}                                | ${404} | ${'release-unknown'}
      ${'a withdrawal without a reason'}  | ${'PUT'}    | ${'releases/1.0.0/withdrawal'} | ${{}}                                             | ${422} | ${'body-invalid'}
      ${'a restore of one in force'}      | ${'DELETE'} | ${'releases/1.0.0/withdrawal'} | ${undefined}                                      | ${404} | ${'withdrawal-unknown'}
      ${'a hold of a release'}            | ${'PUT'}    | ${'tags/1.0.0/hold'}           | ${HOLD}                                           | ${422} | ${'not-a-moving-tag'}
      ${'a hold that has ended'}          | ${'PUT'}    | ${'tags/1/hold'}               | ${{ ...HOLD, expiresAt: '2020-01-01T00:00:00Z' }} | ${422} | ${'body-invalid'}
      ${'a release of no hold'}           | ${'DELETE'} | ${'tags/1/hold'}               | ${undefined}                                      | ${404} | ${'hold-unknown'}
      ${'a rollback to an unknown one'}   | ${'POST'}   | ${'tags/1/rollbacks'}          | ${{ to: '9.9.9', reason: 'x' }}                   | ${404} | ${'release-unknown'}
      ${'a rollback of a release'}        | ${'POST'}   | ${'tags/1.0.0/rollbacks'}      | ${{ to: '1.0.0', reason: 'x' }}                   | ${422} | ${'not-a-moving-tag'}
    `(
      '$what is refused with $code',
      async (row: {
        method: 'PUT' | 'DELETE' | 'POST';
        path: string;
        body: unknown;
        status: number;
        code: string;
      }) => {
        const repository = stage.repository();
        await repository.publish('1.0.0');
        const before = await repository.movingTags();

        const { status, json } = await send(repository, row.method, row.path, row.body);

        expect({ status, json }).toMatchObject({ status: row.status, json: { code: row.code } });
        expect(await repository.movingTags()).toEqual(before);
      },
    );

    it('a rollback to a withdrawn release is refused', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0', '1.0.1');
      await withdraw(repository, '1.0.0');

      const body = { to: '1.0.0', reason: 'x' };
      const { json } = await send(repository, 'POST', 'tags/1/rollbacks', body);

      expect(json).toMatchObject({ code: 'release-withdrawn' });
    });

    it('needs a token that may operate', async () => {
      const repository = stage.repository();
      await repository.publish('1.0.0');

      const read = await send(repository, 'PUT', 'tags/1/hold', HOLD, bearer(READ_TOKEN));
      const admin = await send(repository, 'PUT', 'tags/1/hold', HOLD, bearer(ADMIN_TOKEN));

      expect([read.status, admin.status]).toEqual([403, 200]);
    });
  });
});
