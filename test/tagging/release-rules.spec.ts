import { describeOnRealRegistries } from '../support/real-registries';
import { DAY, type Stage, useStage } from './stage';
import type { TestRepository } from './test-repository';

/** Every tag that is no release of the test, with the release whose digest it has. */
async function tagsBeside(
  repository: TestRepository,
  releases: readonly string[],
): Promise<Record<string, string>> {
  const tags = await repository.tags();
  const named = new Map(releases.map((release) => [tags[release] ?? '', release]));
  return Object.fromEntries(
    Object.entries(tags)
      .filter(([tag]) => !releases.includes(tag))
      .map(([tag, digest]) => [tag, named.get(digest) ?? digest]),
  );
}

async function publishAll(
  stage: Stage,
  rules: readonly string[],
  releases: readonly [string, ...string[]],
): Promise<{ repository: TestRepository; tags: Record<string, string> }> {
  await stage.restart({ rules });
  const repository = stage.repository();
  await repository.publish(...releases);
  return { repository, tags: await tagsBeside(repository, releases) };
}

describeOnRealRegistries('rules of releases', (start) => {
  const stage = useStage(start);

  it('two parts have a major tag and latest', async () => {
    const { tags } = await publishAll(stage, ['scheme: two-part'], ['18.5', '18.6', '17.9']);

    expect(tags).toEqual({ '18': '18.6', '17': '17.9', latest: '18.6' });
  });

  it('a calendar version keeps its text', async () => {
    const { tags } = await publishAll(stage, ['scheme: calver'], ['2026.06.1', '2026.07.1']);

    expect(tags).toEqual({
      ...{ '2026.07': '2026.07.1', '2026.06': '2026.06.1', '2026': '2026.07.1' },
      latest: '2026.07.1',
    });
  });

  it('a variant moves its own tags only', async () => {
    const { tags } = await publishAll(
      stage,
      ['variants: { known: [alpine] }'],
      ['3.12.1', '3.12.1-alpine', '3.12.2-alpine'],
    );

    expect(tags).toEqual({
      ...{ '3.12': '3.12.1', '3': '3.12.1', latest: '3.12.1' },
      ...{ '3.12-alpine': '3.12.2-alpine', '3-alpine': '3.12.2-alpine', alpine: '3.12.2-alpine' },
    });
  });

  it('a candidate moves its channel until the release is there', async () => {
    const rules = ['channels: { rc: { match: prerelease, tags: [minor, latest] } }'];
    const { repository, tags } = await publishAll(stage, rules, ['2.1.0-rc.9', '2.1.0-rc.10']);

    expect(tags).toEqual({ '2.1-rc': '2.1.0-rc.10', rc: '2.1.0-rc.10' });
    await repository.publish('2.1.0', '2.1.0-rc.11');
    expect((await repository.movingTags())['latest']).toBe('2.1.0');
    expect(await repository.digestOf('rc')).toBe(await repository.digestOf('2.1.0-rc.10'));
  });

  it('stable follows when a release has soaked, at a sweep and without an event', async () => {
    const rules = ['channels: { stable: { soak: 14d } }'];
    const { repository, tags } = await publishAll(stage, rules, ['1.0.0', '1.0.1']);
    expect(Object.keys(tags)).not.toContain('stable');

    stage.clock.advance(15 * DAY);
    await repository.publish('1.0.2');
    await repository.reconcile();

    expect(await repository.digestOf('stable')).toBe(await repository.digestOf('1.0.1'));
  });

  it('a release that is built again is refused', async () => {
    const { repository } = await publishAll(stage, [], ['1.0.0', '1.0.1']);
    const before = await repository.digestOf('latest');
    await repository.push('1.0.1', 'built again');

    const delivery = await repository.announce('1.0.1');

    expect(delivery).toMatchObject({ status: 'ignored', error: { code: 'conflict' } });
    expect(await repository.digestOf('latest')).toBe(before);
  });

  it('a release that may be built again takes the tags that it owns along', async () => {
    const { repository } = await publishAll(stage, ['rebuilds: allow'], ['1.0.1', '1.0.0']);
    await repository.push('1.0.1', 'built again');
    await repository.push('1.0.0', 'built again, too');

    const delivery = await repository.announce('1.0.1');
    await repository.announce('1.0.0');

    const rebuilt = await repository.digestOf('1.0.1');
    expect(delivery.status).toBe('done');
    expect(await repository.digestOf('latest')).toBe(rebuilt);
    expect((await repository.moves('&tag=latest'))[0]).toMatchObject({ kind: 'rebuilt' });
  });

  it('an empty line is removed where the rules and the registry let it', async () => {
    const { repository } = await publishAll(stage, ['emptyLine: delete'], ['1.0.0', '2.0.0']);
    const { capabilities } = await deletionOf(repository);

    await stage
      .service()
      .client.send(
        'PUT',
        `/api/v1/repositories/${repository.slug}/releases/2.0.0/withdrawal`,
        { authorization: 'Bearer a-token-that-may-operate', 'content-type': 'application/json' },
        JSON.stringify({ reason: 'it loses data' }),
      );

    const tags = await repository.tagNames();
    expect(tags.includes('2')).toBe(capabilities === 'frozen');
    expect(await repository.digestOf('latest')).toBe(await repository.digestOf('1.0.0'));
  });

  /** Distribution deletes single tags since version 3. */
  async function deletionOf(repository: TestRepository): Promise<{ capabilities: string }> {
    const { url, repository: path } = repository.target;
    const answer = await fetch(`${url}/v2/${path}/manifests/no-such-tag`, { method: 'DELETE' });
    return { capabilities: answer.status === 404 ? 'removed' : 'frozen' };
  }
});
