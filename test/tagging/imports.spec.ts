import { describeOnRealRegistries } from '../support/real-registries';
import { useStage } from './stage';

describeOnRealRegistries('what taking a repository over would mean', (start) => {
  const stage = useStage(start, { rules: ['adopt: confirm'] });

  it('is told from its tags, and nothing is written', async () => {
    const repository = stage.repository();
    for (const tag of ['18.5', '18.6', '17.9', 'nightly-20260820']) await repository.push(tag);
    await repository.retag('latest', '18.5');
    const before = await repository.tags();

    const { status, json } = await stage
      .service()
      .client.post('imports', { repository: repository.name });

    expect(status).toBe(200);
    expect(json).toMatchObject({
      ...{ repository: repository.name, imported: false, tags: 5, fitting: 0 },
      suggestion: { fitting: 3, rules: { scheme: 'two-part' } },
    });
    expect(await repository.tags()).toEqual(before);
    expect((await repository.read()).importedAt).toBeNull();
  });

  it('says which moving tags agree and which do not', async () => {
    const repository = stage.repository();
    await repository.push('1.0.0');
    await repository.push('1.0.1');
    await repository.retag('latest', '1.0.0');
    await repository.retag('1', '1.0.1');

    const { json } = await stage.service().client.post('imports', { repository: repository.name });

    expect(json).toMatchObject({
      fitting: 2,
      moving: [
        { tag: 'latest', release: '1.0.1', agrees: false },
        { tag: '1', release: '1.0.1', agrees: true },
        { tag: '1.0', release: '1.0.1' },
      ],
    });
  });

  it('is not told of a repository that is not configured', async () => {
    const { json } = await stage.service().client.post('imports', { repository: 'elsewhere/x' });

    expect(json).toMatchObject({ code: 'repository-unknown' });
  });
});
