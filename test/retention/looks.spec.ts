import { SimulatedClock } from '../../src/runtime/clock';
import { FakeRegistry } from '../support/fake-registry';
import { ociImage, ociIndex } from '../support/fake-registry-manifests';
import { type RunningService, startService } from '../support/service';
import { DAY, START } from '../tagging/stage';
import { TestRepository } from '../tagging/test-repository';
import { planFor, run, statesOf, verdictsOf, withRetention } from './pruning';

const PATH = 'gallery/ui';
const KEPT = Array.from({ length: 40 }, (_, number) => `keep-${number}`);
const DOOMED = ['sha-1', 'sha-2'];
const POLICY = ['rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 0 } ] } } ]'];

describe('the looks of a retention run', () => {
  const clock = new SimulatedClock(START);
  let registry: FakeRegistry;
  let service: RunningService;
  let repository: TestRepository;

  beforeEach(async () => {
    registry = await FakeRegistry.start();
    service = await startService({ registryUrl: registry.url, clock, ...withRetention(POLICY) });
    repository = new TestRepository({ registry, clock, client: service.client, path: PATH });
    registry.pushImage(PATH, '1.0.0');
    await repository.announce('1.0.0');
    for (const tag of [...KEPT, ...DOOMED]) registry.pushImage(PATH, tag);
    await repository.reconcile();
    clock.advance(DAY);
  });

  afterEach(async () => {
    await service.stop();
    service.config.remove();
    await registry.stop();
  });

  const looks = (): readonly string[] =>
    registry.requests
      .filter(({ method }) => method === 'HEAD')
      .map(({ path }) => path.slice(path.lastIndexOf('/') + 1));

  it('are at what goes and at moving tags, not at what stays anyway', async () => {
    const plan = await planFor(repository);
    registry.forgetRequests();

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toEqual({ 'sha-1': 'pruned', 'sha-2': 'pruned' });
    expect(looks()).toEqual(expect.arrayContaining(['latest', 'sha-1', 'sha-2']));
    expect(looks().filter((reference) => KEPT.includes(reference))).toEqual([]);
  });

  it('are at everything before a digest goes with all of its tags', async () => {
    Object.assign(registry.behaviour, { tagDelete: 'digest-invalid' });
    const plan = await planFor(repository);
    const doomed = registry.tags(PATH).get('sha-1') ?? '';
    registry.pushImage(PATH, 'keep-7', { seed: 'sha-1' });
    const shared = registry.tags(PATH).get('keep-7');

    const ended = await run(repository, plan);

    expect(verdictsOf(plan)).toMatchObject({ 'sha-1': 'delete by digest' });
    expect(shared).toBe(doomed);
    expect(registry.tags(PATH).get('keep-7')).toBe(doomed);
    expect(statesOf(ended)['sha-2']).toBe('pruned');
  });

  it('find a tag that somebody put on an index that lists what goes', async () => {
    Object.assign(registry.behaviour, { tagDelete: 'digest-invalid' });
    const plan = await planFor(repository);
    registry.pushManifest(PATH, 'keep-8', ociIndex([ociImage('sha-1')]));

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toEqual({ 'sha-1': 'skipped protected', 'sha-2': 'pruned' });
  });
});
