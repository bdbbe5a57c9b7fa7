import { describeOnRealRegistries } from '../support/real-registries';
import { bearer, type HttpAnswer } from '../support/service';
import { OPERATE_TOKEN } from '../support/test-config';
import { useStage } from './stage';
import { reasonsOf, type TestRepository } from './test-repository';

describeOnRealRegistries('moving tags that disagree with the rules', (start) => {
  const stage = useStage(start);

  /** What somebody had before Tagward came: `latest` on a foreign image. */
  async function grown(rules: readonly string[]): Promise<TestRepository> {
    await stage.restart({ rules });
    const repository = stage.repository();
    await repository.push('1.0.0');
    await repository.retag('latest', await repository.push('built-by-hand'));
    await repository.retag('1', '1.0.0');
    return repository;
  }

  function adopt(repository: TestRepository, body: object): Promise<HttpAnswer> {
    const path = `repositories/${repository.slug}/adoptions`;
    return stage.service().client.post(path, body, {
      ...bearer(OPERATE_TOKEN),
      'content-type': 'application/json',
    });
  }

  it('wait for a person, while the others are moved', async () => {
    const repository = await grown([]);

    const delivery = await repository.publish('1.0.1');

    expect(reasonsOf(delivery)).toEqual({ '1.0': 'released', '1': 'released', latest: 'drifted' });
    expect(await repository.movingTags()).toMatchObject({ '1': '1.0.1', latest: 'built-by-hand' });
  });

  it('follow the rules when the person says so', async () => {
    const repository = await grown([]);
    await repository.publish('1.0.1');

    const answer = await adopt(repository, {});

    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      ...{ status: 'done', decisions: [{ tag: 'latest', action: 'move' }] },
    });
    expect((await repository.movingTags())['latest']).toBe('1.0.1');
    expect((await repository.read()).drift).toEqual([]);
  });

  it('follow one by one when they are named', async () => {
    const repository = await grown([]);
    await repository.publish('1.0.1');
    await repository.retag('1', '1.0.0');
    await repository.reconcile();

    await adopt(repository, { tags: ['1'] });

    expect(await repository.movingTags()).toMatchObject({ '1': '1.0.1', latest: 'built-by-hand' });
  });

  it('follow at first contact where the rules enforce it', async () => {
    const repository = await grown(['adopt: enforce']);

    await repository.publish('1.0.1');

    expect((await repository.movingTags())['latest']).toBe('1.0.1');
  });

  it('that somebody moves later are put back where the rules say so', async () => {
    const repository = await grown(['adopt: enforce', 'drift: restore']);
    await repository.publish('1.0.1');
    await repository.retag('latest', '1.0.0');

    await repository.reconcile();

    expect((await repository.movingTags())['latest']).toBe('1.0.1');
    expect((await repository.read()).drift).toEqual([]);
    const kinds = (await repository.moves('&tag=latest')).map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(['released', 'observed']);
  });

  it('of an unknown repository cannot be adopted', async () => {
    const path = 'repositories/elsewhere~x/adoptions';

    const { json } = await stage.service().client.post(
      path,
      {},
      {
        ...bearer(OPERATE_TOKEN),
        'content-type': 'application/json',
      },
    );

    expect(json).toMatchObject({ code: 'repository-unknown' });
  });
});
