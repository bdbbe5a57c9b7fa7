import { SimulatedClock } from '../../src/runtime/clock';
import { RetentionSchedule } from '../../src/retention/retention-schedule';
import { RetentionAnswer } from '../../src/retention/retention.schema';
import { FakeRegistry } from '../support/fake-registry';
import { type RunningService, startService } from '../support/service';
import { ADMIN_TOKEN } from '../support/test-config';
import { DAY, START } from '../tagging/stage';
import { TestRepository } from '../tagging/test-repository';
import {
  deletionsOf,
  execute,
  pin,
  planFor,
  run,
  statesOf,
  verdictsOf,
  withRetention,
} from './pruning';

const PATH = 'gallery/ui';
const BUILDS = 10;
const EVERYTHING =
  'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 0 } ] } } ]';

describe('a plan that has to be approved', () => {
  const clock = new SimulatedClock(START);
  let registry: FakeRegistry;
  let service: RunningService | undefined;

  beforeEach(async () => {
    registry = await FakeRegistry.start();
  });

  afterEach(async () => {
    await service?.stop();
    service?.config.remove();
    await registry.stop();
  });

  /** Two releases and ten builds, a day old. */
  const withBuilds = async (...policy: readonly string[]): Promise<TestRepository> => {
    service = await startService({ registryUrl: registry.url, clock, ...withRetention(policy) });
    const repository = new TestRepository({ registry, clock, client: service.client, path: PATH });
    for (const tag of ['1.0.0', '1.0.1']) {
      registry.pushImage(PATH, tag);
      await repository.announce(tag);
    }
    for (let build = 1; build <= BUILDS; build += 1) {
      clock.advance(60_000);
      registry.pushImage(PATH, `sha-${build}`);
    }
    await repository.reconcile();
    clock.advance(DAY);
    return repository;
  };

  const enforcementOf = async ({ client, slug }: TestRepository): Promise<unknown> => {
    const answer = await client.get(`repositories/${slug}/retention`);
    const { enforced, why } = RetentionAnswer.parse(answer.json);
    return why ?? enforced;
  };

  const buildsLeft = (): number =>
    [...registry.tags(PATH).keys()].filter((tag) => tag.startsWith('sha-')).length;

  it('runs when a person executes it by its hash, where only its size is unusual', async () => {
    const repository = await withBuilds(EVERYTHING, 'guards: { approveAbove: 9 }');
    const plan = await planFor(repository);

    const ended = await run(repository, plan);

    expect(plan).toMatchObject({ outcome: 'needs-approval', reason: { code: 'approve-above' } });
    expect(ended.status).toBe('done');
    expect(buildsLeft()).toBe(0);
  });

  it('is refused as a whole until every guard in its way is named', async () => {
    const guards = 'guards: { maxDelete: 9, maxDeletePercent: 50, minRemaining: 6 }';
    const repository = await withBuilds(EVERYTHING, guards);
    const plan = await planFor(repository);

    const bare = await execute(repository, plan.id, plan.planHash);
    const some = await execute(repository, plan.id, plan.planHash, ADMIN_TOKEN, {
      override: ['max-delete', 'max-delete-percent'],
      reason: 'a clean-up',
    });
    const left = buildsLeft();
    const all = await execute(repository, plan.id, plan.planHash, ADMIN_TOKEN, {
      override: ['max-delete', 'max-delete-percent', 'min-remaining'],
      reason: 'a clean-up',
    });

    expect(plan.breaches.map(({ code }) => code)).toEqual([
      ...['max-delete', 'max-delete-percent', 'min-remaining'],
    ]);
    expect(bare).toMatchObject({ status: 409, json: { code: 'approval-missing' } });
    expect(JSON.stringify(bare.json)).toContain('maxDelete is 9');
    expect(some).toMatchObject({ status: 409, json: { code: 'approval-missing' } });
    expect(JSON.stringify(some.json)).toContain('min-remaining');
    expect(left).toBe(BUILDS);
    expect(all.status).toBe(202);
  });

  it('refuses a guard that does not exist', async () => {
    const repository = await withBuilds(EVERYTHING);
    const plan = await planFor(repository);

    const answer = await execute(repository, plan.id, plan.planHash, ADMIN_TOKEN, {
      override: ['inventory-drop'],
    });

    expect(answer).toMatchObject({ status: 422, json: { code: 'body-invalid' } });
  });

  it('stops when a guard speaks only at its execution', async () => {
    const repository = await withBuilds(EVERYTHING, 'guards: { minRemaining: 5 }');
    const plan = await planFor(repository);
    registry.removeTag(PATH, '1.0.0');

    const ended = await run(repository, plan);

    expect(plan.outcome).toBe('planned');
    expect(ended).toMatchObject({ status: 'needs-approval', reason: { code: 'min-remaining' } });
    expect(buildsLeft()).toBe(BUILDS);
  });

  it('is aborted when far fewer tags are listed than are known', async () => {
    const repository = await withBuilds(EVERYTHING);
    const plan = await planFor(repository);
    for (let build = 1; build <= 5; build += 1) registry.removeTag(PATH, `sha-${build}`);

    const ended = await run(repository, plan);
    const next = await planFor(repository);

    expect(ended).toMatchObject({ status: 'aborted', reason: { code: 'inventory-drop' } });
    expect(next).toMatchObject({ outcome: 'aborted', reason: { code: 'inventory-drop' } });
    expect(buildsLeft()).toBe(BUILDS - 5);
  });

  it('is skipped while a reporter is late, and protects what it reports', async () => {
    const inUse = 'protect: { inUse: { maxReportAge: 24h } }';
    const repository = await withBuilds(EVERYTHING, inUse);
    const silent = await planFor(repository);
    const running = registry.tags(PATH).get('sha-3');
    const body = { repositories: { [repository.slug]: [running] } };
    await repository.client.put('in-use/cluster-a', body);
    const fresh = await planFor(repository);
    clock.advance(2 * DAY);
    const stale = await planFor(repository);
    await repository.client.put('in-use/cluster-a', body);
    const ended = await run(repository, await planFor(repository));

    expect(silent).toMatchObject({ outcome: 'skipped', reason: { code: 'stale-in-use-report' } });
    expect(verdictsOf(fresh)).toMatchObject({ 'sha-3': 'keep in-use' });
    expect(deletionsOf(fresh)).toHaveLength(BUILDS - 1);
    expect(stale).toMatchObject({ outcome: 'skipped' });
    expect(ended.status).toBe('done');
    expect(registry.tags(PATH).get('sha-3')).toBe(running);
  });

  it('skips what was pinned between plan and run', async () => {
    const repository = await withBuilds(EVERYTHING);
    const plan = await planFor(repository);
    await pin(repository, 'sha-4');
    await pin(repository, registry.tags(PATH).get('sha-5') ?? '');

    const ended = await run(repository, plan);

    expect(statesOf(ended)).toMatchObject({
      ...{ 'sha-4': 'skipped protected', 'sha-5': 'skipped protected', 'sha-6': 'pruned' },
    });
    expect([...registry.tags(PATH).keys()]).toEqual(expect.arrayContaining(['sha-4', 'sha-5']));
  });

  it('puts an approved policy back into dry-run when a pattern names nothing', async () => {
    const typo =
      'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 9 } ] } }, { class: build, match: ["pr-*"], keep: { any: [ { newest: 1 } ] } } ]';
    const repository = await withBuilds('mode: enforce', typo);
    registry.pushImage(PATH, 'pr-1');
    await repository.reconcile();
    await run(repository, await planFor(repository));
    const approved = await enforcementOf(repository);

    const strange =
      'rules: [ { class: build, match: ["shaa-*"], keep: { any: [ { newest: 9 } ] } } ]';
    await service?.stop();
    service?.config.remove();
    const other = await withBuilds('mode: enforce', strange);
    const refused = await planFor(other);
    const executed = await execute(other, refused.id, refused.planHash);

    expect(approved).toBe(true);
    expect(refused).toMatchObject({ outcome: 'refused', reason: { code: 'zero-match' } });
    expect(executed).toMatchObject({ status: 409, json: { code: 'plan-not-executable' } });
  });

  it('lets one run of a repository wait at a time', async () => {
    const repository = await withBuilds(EVERYTHING, 'delete: { notice: 2d }');
    const [first, second] = [await planFor(repository), await planFor(repository)];

    const begun = await execute(repository, first.id, first.planHash);
    const refused = await execute(repository, second.id, second.planHash);

    expect([begun.status, refused.status]).toEqual([202, 409]);
    expect(JSON.stringify(refused.json)).toContain('still under way');
  });

  it('ends at so many refusals', async () => {
    const execution = 'execution: { concurrency: 1, stopAfterErrors: 2 }';
    const repository = await withBuilds(EVERYTHING, execution);
    const plan = await planFor(repository);
    registry.failNext(({ method }) => method === 'DELETE', { status: 409 }, 50);

    const ended = await run(repository, plan);

    expect(ended).toMatchObject({ status: 'failed', reason: { code: 'stop-after-errors' } });
    const states = Object.values(statesOf(ended)).map((state) => state.split(' ')[0]);
    expect(states.filter((state) => state === 'refused')).toHaveLength(2);
    expect(states.filter((state) => state === 'failed')).toHaveLength(BUILDS - 2);
    expect(buildsLeft()).toBe(BUILDS);
  });

  it('waits as long as the registry asks for, and goes on', async () => {
    const repository = await withBuilds(EVERYTHING, 'execution: { concurrency: 1 }');
    const plan = await planFor(repository);
    const limited = { status: 429, headers: { 'retry-after': '1' } };
    registry.failNext(
      ({ method, path }) => method === 'DELETE' && path.endsWith('/sha-2'),
      limited,
      2,
    );

    const ended = await run(repository, plan);

    expect(ended.status).toBe('done');
    expect(buildsLeft()).toBe(0);
    await service?.app.get(RetentionSchedule).lookForDue();
  });
});
