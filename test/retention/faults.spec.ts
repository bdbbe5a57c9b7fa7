import { SimulatedClock } from '../../src/runtime/clock';
import { FakeRegistry, requestTo } from '../support/fake-registry';
import { errorAnswer } from '../support/fake-registry-behaviour';
import { digestOf, OCI_INDEX } from '../support/fake-registry-manifests';
import { type RunningService, startService } from '../support/service';
import { DAY, START } from '../tagging/stage';
import { TestRepository } from '../tagging/test-repository';
import { execute, planFor, run, statesOf, verdictsOf, withPolicy } from './pruning';

const PATH = 'gallery/ui';

describe('retention on a registry with faults', () => {
  const clock = new SimulatedClock(START);
  let registry: FakeRegistry;
  let service: RunningService;
  let repository: TestRepository;

  beforeEach(async () => {
    registry = await FakeRegistry.start();
    const policy = withPolicy('{ newestPatches: 1, per: minor }');
    service = await startService({ registryUrl: registry.url, clock, ...policy });
    repository = new TestRepository({ registry, clock, client: service.client, path: PATH });
    for (const tag of ['1.0.0', '1.0.1', '1.0.2']) {
      registry.pushImage(PATH, tag);
      await repository.announce(tag);
      clock.advance(DAY);
    }
  });

  afterEach(async () => {
    await service.stop();
    service.config.remove();
    await registry.stop();
  });

  it('is aborted by an index that cannot be read, and nothing can be executed', async () => {
    const bytes = Buffer.from('{"schemaVersion": 2, "manifests": [');
    registry.pushManifest(PATH, 'edge', { mediaType: OCI_INDEX, bytes, digest: digestOf(bytes) });
    const before = registry.tags(PATH);

    const plan = await planFor(repository);
    const answer = await execute(repository, plan.id, plan.planHash);

    expect(plan).toMatchObject({
      ...{ outcome: 'aborted', status: 'aborted', reason: { code: 'unreadable-manifest' } },
    });
    expect(plan.decisions.filter(({ verdict }) => verdict !== 'keep')).toEqual([]);
    expect(answer).toMatchObject({ status: 409, json: { code: 'plan-not-executable' } });
    expect(registry.tags(PATH)).toEqual(before);
  });

  it('aborts a run that meets such an index, and deletes nothing', async () => {
    const plan = await planFor(repository);
    const bytes = Buffer.from('[]');
    registry.pushManifest(PATH, 'edge', { mediaType: OCI_INDEX, bytes, digest: digestOf(bytes) });

    const ended = await run(repository, plan);

    expect(ended.status).toBe('aborted');
    expect(ended.reason?.text).toBeTruthy();
    expect([...registry.tags(PATH).keys()]).toEqual(expect.arrayContaining(['1.0.0', '1.0.1']));
  });

  it('gives up a tag that the registry refuses to delete, and goes on', async () => {
    const plan = await planFor(repository);
    registry.failNext(requestTo('DELETE', 'manifests/1.0.0'), errorAnswer(403, 'DENIED'));

    const ended = await run(repository, plan);

    expect(ended.status).toBe('done');
    expect(statesOf(ended)).toMatchObject({ '1.0.1': 'pruned' });
    expect(statesOf(ended)['1.0.0']).toMatch(/^refused /);
    expect(registry.tags(PATH).has('1.0.0')).toBe(true);
    expect((await repository.moves('&kind=pruned')).map(({ tag }) => tag)).toEqual(['1.0.1']);
  });

  it('records a deletion once whose answer was lost', async () => {
    const plan = await planFor(repository);
    registry.failNext(requestTo('DELETE', 'manifests/1.0.0'), 'reset-after-effect');

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toEqual({ '1.0.0': 'pruned', '1.0.1': 'pruned' });
    const pruned = await repository.moves('&kind=pruned');
    expect(pruned.map(({ tag }) => tag).sort()).toEqual(['1.0.0', '1.0.1']);
  });

  it.each([
    { behaviour: { tagDelete: 'denied', digestDelete: 'denied' }, code: 'delete-denied' },
    { behaviour: { tagDelete: 'disabled', digestDelete: 'disabled' }, code: 'delete-disabled' },
  ] as const)('blocks everything with $code where deletes fail so', async ({ behaviour, code }) => {
    Object.assign(registry.behaviour, behaviour);

    const plan = await planFor(repository);

    expect(verdictsOf(plan)).toMatchObject({
      '1.0.0': `blocked ${code}`,
      '1.0.1': `blocked ${code}`,
    });
  });

  it('deletes nothing by planning: it only probes names that nobody has', async () => {
    registry.forgetRequests();

    await planFor(repository);

    const existing = new Set<string>([
      ...registry.tags(PATH).keys(),
      ...registry.tags(PATH).values(),
    ]);
    const written = registry.writes.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
    expect(written.filter((reference) => existing.has(reference))).toEqual([]);
  });
});
