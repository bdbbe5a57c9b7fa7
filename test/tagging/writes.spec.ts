import { FakeRegistry } from '../support/fake-registry';
import { SimulatedClock } from '../../src/runtime/clock';
import { type RunningService, startService } from '../support/service';
import { START } from './stage';
import { TestRepository } from './test-repository';

const PATH = 'gallery/ui';

describe('writes to the registry', () => {
  const clock = new SimulatedClock(START);
  let registry: FakeRegistry;
  let service: RunningService;
  let repository: TestRepository;

  beforeEach(async () => {
    registry = await FakeRegistry.start();
    service = await startService({ registryUrl: registry.url, clock });
    repository = new TestRepository({ registry, clock, client: service.client, path: PATH });
    registry.pushImage(PATH, '2.1.0');
    await repository.announce('2.1.0');
  });

  afterEach(async () => {
    await service.stop();
    service.config.remove();
    await registry.stop();
  });

  const writes = (): readonly string[] =>
    registry.writes.map(({ method, path }) => `${method} ${path}`).sort();

  it('are one PUT for each tag that moves, and one that asks whether all go at once', () => {
    const { digest = '' } = registry.manifest(PATH, '2.1.0') ?? {};

    expect(writes()).toEqual([
      ...[`PUT /v2/${PATH}/manifests/2`, `PUT /v2/${PATH}/manifests/2.1`],
      ...[`PUT /v2/${PATH}/manifests/latest`, `PUT /v2/${PATH}/manifests/${digest}`],
    ]);
  });

  it('are one PUT for each tag from then on', async () => {
    registry.forgetRequests();
    registry.pushImage(PATH, '2.1.1');

    await repository.announce('2.1.1');

    expect(writes()).toEqual([
      ...[`PUT /v2/${PATH}/manifests/2`, `PUT /v2/${PATH}/manifests/2.1`],
      `PUT /v2/${PATH}/manifests/latest`,
    ]);
  });

  it('are one PUT for all tags where the registry takes it', async () => {
    registry.behaviour.multiTag = 'works-and-echoes';
    registry.pushImage(PATH, '2.1.1');
    await repository.announce('2.1.1');
    registry.forgetRequests();
    const { digest } = registry.pushImage(PATH, '2.1.2');

    await repository.announce('2.1.2');

    expect(writes()).toEqual([`PUT /v2/${PATH}/manifests/${digest}`]);
    expect(registry.tags(PATH).get('latest')).toBe(digest);
  });

  it('are not needed for what is right already: it is looked at, and no manifest is read', async () => {
    registry.forgetRequests();

    await repository.announce('2.1.0');

    expect(new Set(registry.requests.map(({ method }) => method))).toEqual(new Set(['HEAD']));
  });

  it('are none for a second announcement, a sweep and a plan', async () => {
    registry.forgetRequests();

    await repository.announce('2.1.0');
    await repository.reconcile();
    await service.client.post('plans', { repository: repository.name });

    expect(writes()).toEqual([]);
  });

  it('are none for tags that a back-port does not own', async () => {
    registry.pushImage(PATH, '2.2.0');
    await repository.announce('2.2.0');
    registry.forgetRequests();
    registry.pushImage(PATH, '2.1.1');

    await repository.announce('2.1.1');

    expect(writes()).toEqual([`PUT /v2/${PATH}/manifests/2.1`]);
  });
});
