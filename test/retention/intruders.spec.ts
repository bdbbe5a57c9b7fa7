import type { RetentionRunAnswer } from '../../src/retention/retention.schema';
import type { SimulatedClock } from '../../src/runtime/clock';
import { receiptOf } from '../deliveries/delivery-list';
import { chainFaults } from '../faults/laws';
import { DAY } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { planFor, restoreTagFor, run, withRetention } from './pruning';
import { describeOnThreeRegistries, useProxiedStage } from './three-registries';

const KEPT = ['1', '1.0', '1.0.0', 'keep', 'latest'];
/** One on the digest of a release, two on digests of their own. */
const DOOMED = ['sha-a', 'sha-b', 'sha-c'];
const isLong = process.env['TAGWARD_FAULT_SLOW'] === '1';
/** So many requests of a run are disturbed; in the long form each. */
const LIVES = 3;
const FORM = isLong ? 'the long form' : 'TAGWARD_FAULT_SLOW=1 takes each';
const TIME_LIMIT_MS = isLong ? 1_800_000 : 120_000;

const policy = (window: string): readonly string[] => [
  `delete: { restoreWindow: ${window} }`,
  'execution: { concurrency: 1 }',
  'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 0 } ] } } ]',
];

type Intrusion = 'push' | 'delete';
/** A request of the run, its place, from 1, and the digest that `sha-b` had. */
type Turn = (request: Request, place: number, digest: string) => boolean;

interface Life {
  readonly repository: TestRepository;
  readonly before: Readonly<Record<string, string>>;
  readonly ended: RetentionRunAnswer;
  /** What was pushed to `sha-b` meanwhile. */
  readonly pushed: string | undefined;
  /** The request before which it was. */
  readonly disturbed: Request | undefined;
  readonly requests: readonly Request[];
}

interface Request {
  readonly method: string;
  readonly path: string;
}

describeOnThreeRegistries('somebody else, a moment before a request', (start, { byTag }) => {
  describe.each(['14d', '0s'])('of a run with a restore window of %s', (window) => {
    const stage = useProxiedStage(start, withRetention(policy(window)));

    /** A run, and before the first request of which this holds somebody touches `sha-b`. */
    const live = async (
      isTurn: Turn = () => false,
      intrusion: Intrusion = 'push',
    ): Promise<Life> => {
      const repository = stage.repository();
      await repository.publish('1.0.0');
      for (const tag of ['keep', 'sha-b', 'sha-c']) await repository.push(tag, tag);
      await repository.retag('sha-a', '1.0.0');
      await repository.reconcile();
      stage.clock.advance(DAY);
      const before = await repository.tags();
      const plan = await planFor(repository);
      let pushed: string | undefined;
      let disturbed: Request | undefined;
      const requests: Request[] = [];
      stage.proxy().misbehave(requestsOf(repository), async (one) => {
        const { method, path } = one;
        const place = requests.push({ method, path });
        if (disturbed === undefined && isTurn({ method, path }, place, before['sha-b'] ?? '')) {
          disturbed = { method, path };
          if (intrusion === 'push') pushed = await repository.push('sha-b', `pushed ${place}`);
          else await repository.remove(byTag ? 'sha-b' : (before['sha-b'] ?? ''));
        }
        one.answer(await one.forward());
      });
      const ended = await run(repository, plan);
      stage.proxy().behave();
      return { repository, before, ended, pushed, disturbed, requests };
    };

    it.each(['push', 'delete'] as const)(
      'whose %s harms nothing that is kept, and is in the record',
      async (intrusion) => {
        // The first one proves what the registry can do besides.
        await live();
        const count = (await live()).requests.length;
        const stride = isLong ? 1 : Math.ceil(count / LIVES);
        process.stdout.write(`${count} requests, ${intrusion} at every ${stride}: ${FORM}\n`);
        const faults: string[] = [];

        for (let place = 1; place <= count; place += stride) {
          const life = await live((_request, at) => at === place, intrusion);
          faults.push(...(await faultsOf(life)).map((fault) => `${place}: ${fault}`));
        }

        // Nothing of it hinders the next one.
        faults.push(...(await faultsOf(await live())));
        expect(faults).toEqual([]);
      },
      TIME_LIMIT_MS,
    );

    it('whose push in the last round trip is lost for a moment is put back by its webhook', async () => {
      const isWrite: Turn = ({ method, path }, _place, digest) =>
        /PUT|DELETE/.test(method) &&
        (/[/=]sha-b/.test(path) || path.endsWith(`/manifests/${digest}`));
      const { repository, pushed = 'nothing', ended } = await live(isWrite);

      await repository.announce('sha-b', { digest: pushed });
      await announceGone(repository, stage.clock, ended.items[2]?.digest ?? '');

      expect(await repository.tags()).toMatchObject({ 'sha-b': pushed });
      expect(await repository.tagNames()).not.toContain('sha-c');
      expect((await repository.reconcile()).drift).toEqual([]);
      expect(await chainOf(repository, 'sha-b', pushed)).toEqual([]);
    });
  });
});

/** Of a tag that is no release and is not there: it is looked at once more, a while later. */
async function announceGone(
  repository: TestRepository,
  clock: SimulatedClock,
  digest: string,
): Promise<void> {
  const { client } = repository;
  const { id } = receiptOf(await repository.webhook('sha-c', { digest }));
  await client.until(
    () => client.delivery(id),
    ({ attempts }) => attempts > 0,
  );
  clock.advance(4_000);
  await client.settled(id);
}

function requestsOf({ path }: TestRepository): (one: { readonly path: string }) => boolean {
  return (one) => one.path.includes(`/${path}/`);
}

/** What is wrong after a life; empty when all is as it must be. */
async function faultsOf(life: Life): Promise<readonly string[]> {
  const { repository, before, ended, pushed, disturbed } = life;
  const after = await repository.tags();
  const hasFailed = mayFail(life, ended);
  const open = hasFailed ? DOOMED.filter((tag) => after[tag] === before[tag]) : [];
  const wanted = Object.fromEntries([...KEPT, ...open].map((tag) => [tag, before[tag]]));
  const isHit = after['sha-b'] === undefined && mayHitPush(life);
  if (pushed !== undefined && !isHit) wanted['sha-b'] = pushed;
  const visible = Object.entries(after).filter(([tag]) => !tag.startsWith('tagward-'));
  const { drift } = await repository.reconcile();
  const known = new Set(DOOMED.map((tag) => restoreTagFor(before[tag] ?? '')));
  const junk = Object.keys(after).filter((tag) => tag.startsWith('tagward-') && !known.has(tag));
  const chains = await Promise.all(DOOMED.map((tag) => chainOf(repository, tag, after[tag])));
  const isThere = pushed === undefined || (await repository.statusOf(pushed)) === 200;
  return [
    ...(hasFailed ? [] : unlike('run', ended.status, 'done')),
    ...unlike(
      'tags',
      Object.fromEntries(visible.sort()),
      Object.fromEntries(Object.entries(wanted).sort()),
    ),
    ...unlike('junk', junk, []),
    ...unlike('drift', drift, []),
    ...unlike('pushed manifest', isThere, true),
    ...chains.flat(),
  ].map((fault) => `${disturbed?.method ?? ''} ${disturbed?.path ?? ''}: ${fault}`);
}

/**
 * No registry writes or deletes a tag on a condition, so one round trip is left (P27): that of the
 * tag itself, or of those that go together with it by one dummy.
 */
function mayHitPush({ disturbed }: Life): boolean {
  if (disturbed === undefined || !/[/=]sha-[abc]/.test(disturbed.path)) return false;
  return disturbed.method !== 'HEAD' || !disturbed.path.endsWith('/sha-b');
}

/**
 * Where a foreign deletion takes the restore tag along it is put back, and the run stops: it cannot
 * know that it was not its own request that did it.
 */
function mayFail({ pushed, disturbed }: Life, { reason }: RetentionRunAnswer): boolean {
  return pushed === undefined && disturbed !== undefined && reason?.code === 'deletion-unsafe';
}

async function chainOf(
  repository: TestRepository,
  tag: string,
  now: string | undefined,
): Promise<readonly string[]> {
  const moves = await repository.moves(`&tag=${tag}`);
  return chainFaults(tag, [...moves].reverse(), now);
}

function unlike(what: string, actual: unknown, expected: unknown): readonly string[] {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  return left === right ? [] : [`${what}: ${left}, not ${right}`];
}
