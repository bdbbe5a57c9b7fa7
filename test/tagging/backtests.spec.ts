import { describeOnRealRegistries } from '../support/real-registries';
import { DAY, useStage } from './stage';
import type { TestRepository } from './test-repository';

describeOnRealRegistries('a back-test of the recorded history', (start) => {
  const stage = useStage(start);

  /** A release a day. */
  async function repositoryWith(...tags: readonly string[]): Promise<TestRepository> {
    const repository = stage.repository();
    for (const tag of tags) {
      await repository.publish(tag);
      stage.clock.advance(DAY);
    }
    return repository;
  }

  it('finds nothing for the rules that made it', async () => {
    const repository = await repositoryWith('2.1.0', '2.2.0', '2.1.1', '3.0.0', '2.2.1');

    const path = `repositories/${repository.slug}/backtests`;
    const { status, json } = await stage.service().client.post(path, { rules: {} });

    expect(status).toBe(200);
    expect(json).toMatchObject({ repository: repository.name, releases: 5, differences: [] });
  });

  it('tells which moves other rules would not have made', async () => {
    const repository = await repositoryWith('2.1.0', '2.2.0');
    const moves = await repository.moves();

    const { json } = await stage
      .service()
      .client.post(`repositories/${repository.slug}/backtests`, { rules: { levels: ['minor'] } });

    const text = '2 would not have moved to 2.2.0; by these rules it did not exist';
    expect(json).toMatchObject({
      same: 2,
      differences: expect.arrayContaining([
        expect.objectContaining({ kind: 'would-not-have-moved', tag: '2', release: '2.2.0', text }),
      ]) as unknown,
    });
    expect(await repository.moves()).toEqual(moves);
  });

  it('refuses rules that are none, with the place', async () => {
    const repository = await repositoryWith('1.0.0');

    const { status, json } = await stage
      .service()
      .client.post(`repositories/${repository.slug}/backtests`, {
        rules: { levels: ['patch'], lvls: [] },
      });

    expect(status).toBe(422);
    expect(json).toMatchObject({
      code: 'body-invalid',
      detail: expect.stringContaining('rules') as unknown,
    });
  });
});
