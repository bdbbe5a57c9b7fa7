import { pushIndex } from '../../scripts/push-image';
import { RetentionReplayAnswer } from '../../src/retention/retention-replays.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { bearer, type HttpAnswer } from '../support/service';
import { OPERATE_TOKEN, READ_TOKEN } from '../support/test-config';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { withReleases } from './pruning';

const RELEASES = ['1.0.0', '1.0.1', '1.0.2', '1.1.0', '1.1.1', '2.0.0'];
/** Keeps the newest patch of each minor. */
const NEWEST = {
  rules: [{ class: 'release', keep: { any: [{ newestPatches: 1, per: 'minor' }] } }],
};

describeOnRealRegistries('a replay of a retention policy over the record', (start) => {
  const stage = useStage(start);

  function post({ client, slug }: TestRepository, body: unknown): Promise<HttpAnswer> {
    return client.post(`repositories/${slug}/retention-replays`, body, bearer(OPERATE_TOKEN));
  }

  async function replay(
    repository: TestRepository,
    policy: unknown,
    terms: Readonly<Record<string, unknown>> = {},
  ): Promise<RetentionReplayAnswer> {
    const { status, json } = await post(repository, { policy, ...terms });
    expect(status).toBe(200);
    return RetentionReplayAnswer.parse(json);
  }

  /** `1.0.0 after 10 days`: since the release of it. */
  function deletionsOf({ from, deleted }: RetentionReplayAnswer): readonly string[] {
    return deleted.map(
      ({ tag, at }) => `${tag} after ${(Date.parse(at) - Date.parse(from)) / DAY} days`,
    );
  }

  it('finds what each day would have deleted, and writes nothing', async () => {
    const repository = await withReleases(stage, RELEASES);
    const before = { tags: await repository.tags(), moves: await repository.moves() };

    const found = await replay(repository, NEWEST);

    expect(deletionsOf(found)).toEqual([
      '1.0.0 after 10 days',
      '1.0.1 after 20 days',
      '1.1.0 after 40 days',
    ]);
    expect(found).toMatchObject({
      repository: repository.name,
      approve: false,
      regrets: [],
      counts: { days: 60, needsApproval: 0, deleted: 3, regrets: 0, lost: 0 },
    });
    expect(found.limits).toContainEqual(expect.stringContaining('the record of this repository'));
    expect({ tags: await repository.tags(), moves: await repository.moves() }).toEqual(before);
  });

  it('replays as many days as it is asked for', async () => {
    const repository = await withReleases(stage, RELEASES);

    const { counts, deleted } = await replay(repository, NEWEST, { days: 30 });

    expect(counts.days).toBe(30);
    // The first day of the period finds what was left over from before.
    expect(deleted.map(({ tag }) => tag).slice(0, 2)).toEqual(['1.0.0', '1.0.1']);
  });

  it('finds the rollback to a release that would have been deleted', async () => {
    const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
    const path = `repositories/${repository.slug}/tags/latest/rollbacks`;
    const answer = await repository.client.post(path, { to: '1.0.0', reason: 'it loses data' });
    expect(answer.status).toBe(200);
    stage.clock.advance(DAY);

    const { regrets, counts } = await replay(repository, NEWEST);
    const safe = await replay(repository, { ...NEWEST, protect: { rollbackDepth: 2 } });

    expect(regrets).toMatchObject([
      { kind: 'rolled-back', tag: '1.0.0', by: ['latest'], lost: true },
    ]);
    expect(regrets[0]?.text).toBe(
      '1.0.0 would have been gone for 20 days when latest was rolled back to it; it could no longer have been restored',
    );
    expect(counts).toMatchObject({ regrets: 1, lost: 1 });
    expect(safe.regrets).toEqual([]);
  });

  it('finds what is in use now and would be gone', async () => {
    const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
    const digest = await repository.digestOf('1.0.0');
    await repository.client.send(
      'PUT',
      '/api/v1/in-use/cluster',
      { 'content-type': 'application/json', ...bearer(OPERATE_TOKEN) },
      JSON.stringify({ repositories: { [repository.slug]: [digest] } }),
    );
    stage.clock.advance(DAY);

    const { regrets, limits } = await replay(repository, {
      ...NEWEST,
      delete: { restoreWindow: '30d' },
    });

    expect(regrets).toMatchObject([
      { kind: 'in-use', tag: '1.0.0', digest, by: ['cluster'], lost: false },
    ]);
    expect(limits).toContainEqual(expect.stringContaining('the last report of each reporter'));
  });

  it('leaves what an index of the registry lists', async () => {
    const repository = stage.repository();
    const { children } = await pushIndex({ ...repository.target, tag: '1.0.0', content: 'one' });
    await repository.announce('1.0.0');
    await repository.retag('sha-listed', children[0]?.digest ?? '');
    await repository.push('sha-alone');
    await repository.reconcile();
    stage.clock.advance(20 * DAY);

    const { deleted } = await replay(repository, {
      rules: [{ class: 'build', match: ['sha-*'], keep: { any: [{ newest: 0 }] } }],
    });

    expect(deleted.map(({ tag }) => tag)).toEqual(['sha-alone']);
  });

  it('executes plans that wait for a person only when it is told to', async () => {
    const repository = await withReleases(stage, RELEASES);
    const guarded = { ...NEWEST, guards: { maxDelete: 0 } };

    const waiting = await replay(repository, guarded);
    const approved = await replay(repository, guarded, { approve: true });

    expect(waiting.counts).toMatchObject({ needsApproval: 50, deleted: 0 });
    expect(waiting.days[10]).toMatchObject({
      ...{ outcome: 'needs-approval', planned: 1, deleted: 0 },
      reason: { code: 'max-delete' },
    });
    expect(approved.counts).toMatchObject({ needsApproval: 3, deleted: 3 });
  });

  it.each([
    { body: { policy: { rules: [] } }, place: 'policy.rules' },
    { body: { policy: { ...NEWEST, guard: {} } }, place: 'guard' },
    { body: {}, place: 'policy' },
    { body: { policy: NEWEST, days: 0 }, place: 'days' },
    { body: { policy: NEWEST, days: 366 }, place: 'days' },
    { body: { policy: NEWEST, until: 'now' }, place: 'until' },
  ])('refuses what is wrong at $place, with the place', async ({ body, place }) => {
    const { status, json } = await post(stage.repository(), body);

    expect({ status, json }).toMatchObject({
      status: 422,
      json: { code: 'body-invalid', detail: expect.stringContaining(place) as unknown },
    });
  });

  it('wants the scope to operate', async () => {
    const { client, slug } = stage.repository();
    const body = { policy: NEWEST };

    const path = `repositories/${slug}/retention-replays`;
    const answer = await client.post(path, body, bearer(READ_TOKEN));

    expect(answer.status).toBe(403);
  });

  it('has no days for a repository without a record', async () => {
    const { counts, limits } = await replay(stage.repository(), NEWEST);

    expect(counts).toMatchObject({ days: 0, deleted: 0 });
    expect(limits).toContain('nothing is on record for this repository');
  });

  // The last one: the registry is not started again.
  it('replays without references where the registry cannot be read, and says so', async () => {
    const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
    await stage.registry().stop();

    const { deleted, limits } = await replay(repository, NEWEST);

    expect(deleted.map(({ tag }) => tag)).toEqual(['1.0.0', '1.0.1']);
    expect(limits[0]).toContain('what indexes list could not be read');
  });
});
