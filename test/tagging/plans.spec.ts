import { PlanAnswer } from '../../src/tagging/tagging.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { bearer } from '../support/service';
import { OPERATE_TOKEN, READ_TOKEN } from '../support/test-config';
import { useStage } from './stage';
import type { TestRepository } from './test-repository';

describeOnRealRegistries('POST /plans', (start) => {
  const stage = useStage(start);
  let repository: TestRepository;

  beforeEach(async () => {
    repository = stage.repository();
    await repository.publish('2.1.0', '2.2.0', '3.0.0');
  });

  const plan = async (tag?: string): Promise<PlanAnswer> => {
    const body = { repository: repository.name, ...(tag === undefined ? {} : { tag }) };
    const answer = await repository.client.post('plans', body, bearer(OPERATE_TOKEN));
    return PlanAnswer.parse(answer.json);
  };

  const shown = ({ decisions }: PlanAnswer): readonly (readonly (string | undefined)[])[] =>
    decisions.map(({ tag, action, reason, to }) => [tag, action, reason.code, to?.release ?? '']);

  it('has nothing to move after everything was moved', async () => {
    expect(shown(await plan())).toEqual([
      ['latest', 'keep', 'already-right', '3.0.0'],
      ['3', 'keep', 'already-right', '3.0.0'],
      ['3.0', 'keep', 'already-right', '3.0.0'],
      ['2', 'keep', 'already-right', '2.2.0'],
      ['2.2', 'keep', 'already-right', '2.2.0'],
      ['2.1', 'keep', 'already-right', '2.1.0'],
    ]);
  });

  it('explains every tag of a back-port', async () => {
    await repository.push('2.1.1');

    const { decisions } = await plan('2.1.1');

    const reasons = Object.fromEntries(decisions.map(({ tag, reason }) => [tag, reason]));
    expect(reasons).toMatchObject({
      '2.1': { code: 'released', text: 'moved: 2.1.1 is higher than 2.1.0' },
      '2': { code: 'higher-release-exists', text: 'kept: 2.2.0 is higher' },
      latest: { code: 'higher-release-exists', text: 'kept: 3.0.0 is higher' },
    });
  });

  it('writes nothing, neither to the registry nor to the history', async () => {
    await repository.push('3.1.0');
    const before = [await repository.tags(), await repository.moves(), await repository.read()];

    const planned = shown(await plan('3.1.0'));

    expect(planned).toContainEqual(['latest', 'move', 'released', '3.1.0']);
    expect([
      ...[await repository.tags(), await repository.moves(), await repository.read()],
    ]).toEqual(before);
  });

  it('introduces no repository', async () => {
    const unmet = stage.repository();
    await unmet.push('1.0.0');

    const answer = await unmet.client.post('plans', { repository: unmet.name, tag: '1.0.0' });

    expect(answer.status).toBe(200);
    expect((await unmet.client.get(`repositories/${unmet.slug}`)).status).toBe(404);
    expect(await unmet.tagNames()).toEqual(['1.0.0']);
  });

  it('gives equal plans equal hashes, and other plans others', async () => {
    const [first, second] = [await plan(), await plan()];
    await repository.push('3.0.1');

    const third = await plan();

    expect(second.planHash).toBe(first.planHash);
    expect(third.planHash).not.toBe(first.planHash);
  });

  it('tells what would happen if a release arrived that nobody has pushed yet', async () => {
    const body = { repository: repository.name, tag: '9.0.0' };

    const { status, json } = await repository.client.post('plans', body);

    expect(status).toBe(200);
    expect(json).toMatchObject({
      decisions: expect.arrayContaining([
        expect.objectContaining({ tag: '9', action: 'move' }),
        expect.objectContaining({ tag: 'latest', action: 'move' }),
      ]) as unknown,
    });
    expect(await repository.tagNames()).not.toContain('9.0.0');
    expect(await repository.tagNames()).not.toContain('9');
  });

  it('wants the scope to operate', async () => {
    const body = { repository: repository.name };

    const answer = await repository.client.post('plans', body, bearer(READ_TOKEN));

    expect(answer.status).toBe(403);
  });
});
