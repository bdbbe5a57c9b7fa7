import { DeliveryAnswer, Receipts } from '../../src/deliveries/delivery.schema';
import { SimulatedClock } from '../../src/runtime/clock';
import { envelope, eventHeaders, push } from '../deliveries/distribution-events';
import { FakeRegistry } from '../support/fake-registry';
import { errorAnswer, type FakeRequest } from '../support/fake-registry-behaviour';
import { ociImage } from '../support/fake-registry-manifests';
import { type RunningService, startService } from '../support/service';
import { DAY, START } from '../tagging/stage';
import { TestRepository } from '../tagging/test-repository';
import { planFor, run, statesOf, verdictsOf, withPolicy } from './pruning';

const PATH = 'gallery/ui';
const DOOMED = ['1.0.0', '1.0.1'] as const;
const SIBLINGS = ['customer-1.0.0', 'customer-1.0.1'] as const;

/** A registry as Distribution 2.8 is one: it deletes digests, with every tag on them. */
describe('tags that go by a dummy', () => {
  const clock = new SimulatedClock(START);
  let registry: FakeRegistry;
  let service: RunningService;
  let repository: TestRepository;

  beforeEach(async () => {
    registry = await FakeRegistry.start({ tagDelete: 'digest-invalid' });
    const policy = withPolicy('{ newestPatches: 1, per: minor }');
    service = await startService({ registryUrl: registry.url, clock, ...policy });
    repository = new TestRepository({ registry, clock, client: service.client, path: PATH });
    for (const tag of [...DOOMED, '1.0.2']) {
      registry.pushImage(PATH, tag);
      await repository.announce(tag);
      clock.advance(DAY);
    }
    SIBLINGS.forEach((tag, index) => registry.pushImage(PATH, tag, { seed: DOOMED[index] ?? tag }));
    await repository.reconcile();
  });

  afterEach(async () => {
    await service.stop();
    service.config.remove();
    await registry.stop();
  });

  const referenceOf = ({ path }: FakeRequest): string => path.slice(path.lastIndexOf('/') + 1);
  /** Probes delete digests that the registry does not have. */
  const isDeleteOfDummy = (request: FakeRequest): boolean =>
    request.method === 'DELETE' && registry.manifest(PATH, referenceOf(request)) !== undefined;

  it('leave their siblings, for one write each and one delete in all', async () => {
    const plan = await planFor(repository);
    const before = registry.tags(PATH);
    registry.forgetRequests();

    const ended = await run(repository, plan);

    expect(verdictsOf(plan)).toMatchObject({ '1.0.0': 'delete by batch-dummy' });
    expect(statesOf(ended)).toEqual({ '1.0.0': 'pruned', '1.0.1': 'pruned' });
    for (const tag of DOOMED) before.delete(tag);
    expect(registry.tags(PATH)).toEqual(before);
    expect(registry.writes.map(({ method }) => method)).toEqual([
      // Whether digests can still be deleted.
      ...['DELETE', 'DELETE'],
      ...['PUT', 'PUT', 'DELETE'],
    ]);
  });

  it.each([
    ['disabled', 'delete-disabled'],
    ['denied', 'delete-denied'],
  ] as const)('stay untouched when deletes are "%s" since the plan', async (digestDelete, code) => {
    const plan = await planFor(repository);
    const before = registry.tags(PATH);
    registry.behaviour.digestDelete = digestDelete;
    registry.forgetRequests();

    const ended = await run(repository, plan);

    expect(registry.tags(PATH)).toEqual(before);
    expect(registry.writes.filter(({ method }) => method !== 'DELETE')).toEqual([]);
    expect(ended.items.map(({ state, reason }) => [state, reason?.code])).toEqual([
      ['skipped', code],
      ['skipped', code],
    ]);
    expect(await repository.moves('&kind=pruned')).toEqual([]);
  });

  it('are no news when the registry tells of the dummy', async () => {
    const plan = await planFor(repository);
    let dummy = '';
    registry.beforeNext(isDeleteOfDummy, (request) => {
      dummy = referenceOf(request);
    });
    await run(repository, plan);
    const host = new URL(registry.url).host;
    const event = push('1.0.0', { host });
    const body = envelope({ ...event, target: { ...event.target, digest: dummy } });

    const answer = await service.client.send('POST', '/webhooks/events', eventHeaders(), body);

    const [{ id } = { id: 0 }] = Receipts.parse(answer.json).deliveries;
    const delivery = await service.client.until(
      async () => DeliveryAnswer.parse((await service.client.get(`deliveries/${id}`)).json),
      ({ status }) => status !== 'pending',
    );
    expect(dummy).toMatch(/^sha256:/);
    expect(delivery).toMatchObject({ status: 'ignored', error: { code: 'own-move' } });
  });

  it('get back what they had when the registry refuses to delete the dummy', async () => {
    const plan = await planFor(repository);
    const before = registry.tags(PATH);
    registry.failNext(isDeleteOfDummy, errorAnswer(403, 'DENIED'));

    const ended = await run(repository, plan);

    expect(registry.tags(PATH)).toEqual(before);
    expect(Object.values(statesOf(ended)).map((state) => state.split(' ')[0])).toEqual([
      ...['refused', 'refused'],
    ]);
    expect(await repository.moves('&kind=pruned')).toEqual([]);
  });

  it('go although the answer was lost', async () => {
    const plan = await planFor(repository);
    registry.failNext(isDeleteOfDummy, 'reset-after-effect');

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toEqual({ '1.0.0': 'pruned', '1.0.1': 'pruned' });
  });

  it('stay where somebody moved them before the delete', async () => {
    const plan = await planFor(repository);
    const moved = ociImage('somebody else');
    registry.beforeNext(isDeleteOfDummy, () => {
      registry.pushManifest(PATH, '1.0.0', moved);
    });

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toMatchObject({ '1.0.1': 'pruned' });
    expect(statesOf(ended)['1.0.0']).toMatch(/^skipped/);
    expect(registry.tags(PATH).get('1.0.0')).toBe(moved.digest);
  });

  it('stay where they moved between plan and run', async () => {
    const plan = await planFor(repository);
    const moved = registry.pushImage(PATH, '1.0.0', { seed: 'pushed again' });

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toMatchObject({ '1.0.1': 'pruned' });
    expect(registry.tags(PATH).get('1.0.0')).toBe(moved.digest);
  });

  it('go on when the registry was gone in the middle', async () => {
    const plan = await planFor(repository);
    const before = registry.tags(PATH);
    registry.failNext(isDeleteOfDummy, { status: 503 }, 6);

    const ended = await run(repository, plan);

    expect(ended.status).toBe('done');
    for (const tag of DOOMED) before.delete(tag);
    expect(registry.tags(PATH)).toEqual(before);
    const pruned = await repository.moves('&kind=pruned');
    expect(pruned.map(({ tag }) => tag).sort()).toEqual([...DOOMED]);
  });
});
