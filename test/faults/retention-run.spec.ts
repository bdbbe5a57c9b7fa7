import { setTimeout as delay } from 'node:timers/promises';
import {
  ExecutionAnswer,
  RetentionPlanAnswer,
  RetentionRunAnswer,
} from '../../src/retention/retention.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { bearer } from '../support/service';
import { ADMIN_TOKEN } from '../support/test-config';
import { type RequestMatch } from './faulty-proxy';
import { allMoves, chainFaults, registryTags } from './laws';
import { faultSeed, Random } from './random';
import { type Scene, useScenes } from './scene';

const PATH = 'gallery/ui';
const RELEASES = ['1.0.0', '1.0.1', '1.0.2', '1.1.0', '1.1.1', '1.1.2', '2.0.0', '2.0.1'];
const KEPT = ['1', '1.0', '1.0.2', '1.1', '1.1.2', '2', '2.0', '2.0.0', '2.0.1', 'latest'];
const SLUG = `local~${PATH.replace('/', '~')}`;
const SHARING = ['customer-1.0.0', 'customer-1.0.1', 'customer-1.1.0'];
const DUMMY_MOMENTS = [
  { moment: 'before', method: 'PUT', count: 2 },
  { moment: 'after', method: 'PUT', count: 3 },
  // Planning deletes two names that nobody has, and so does the run before it writes the dummy.
  { moment: 'before', method: 'DELETE', count: 5 },
  { moment: 'after', method: 'DELETE', count: 5 },
] as const;
const POLICY = [
  'policies:',
  '  lean:',
  '    mode: enforce',
  // One deletion at a time, so that the moment says how many are open.
  '    execution: { concurrency: 1 }',
  '    rules:',
  '      - { class: release, keep: { any: [ { newest: 2 } ] } }',
];

const seed = faultSeed();
const setScene = useScenes();

describeOnRealRegistries(
  `kill -9 in a retention run with TAGWARD_FAULT_SEED=${seed}`,
  (start, { name }) => {
    it.each([
      ['before', 1],
      ['after', 3],
    ] as const)('goes on with the run when it died %s delete %d', async (moment, count) => {
      const scene = await setSceneWithReleases((await start({ inMemory: true })).url);
      const held = scene.proxy.holdNext(moment, isDeletion(scene), count);

      const runId = await beginRun(scene);
      await held.reached;
      await scene.kill();
      const openBefore = await scene.database.moves();
      await scene.start();

      expect(openBefore).toMatchObject({ intended: 1 });
      expect(await faultsAfterRun(scene, runId)).toEqual([]);
    });

    // Only there single tags of a digest go by a dummy.
    const dummies = name === 'distribution-2.8' ? DUMMY_MOMENTS : [];
    dummies.forEach(({ moment, method, count }) => {
      it(`leaves no dummy when it died ${moment} ${method} ${count} of one`, async () => {
        const scene = await setSceneWithReleases((await start({ inMemory: true })).url);
        await shareDigests(scene);
        const before = await registryTags(scene.registryUrl, PATH);
        const held = scene.proxy.holdNext(moment, isWriteTo(method, before), count);

        const runId = await beginRun(scene);
        await held.reached;
        await scene.kill();
        await scene.start();

        expect(await faultsAfterRun(scene, runId, [...KEPT, ...SHARING])).toEqual([]);
        const after = await registryTags(scene.registryUrl, PATH);
        expect(SHARING.map((tag) => after.get(tag))).toEqual(SHARING.map((tag) => before.get(tag)));
      });
    });

    it('goes on with the run when it died at any time, again and again', async () => {
      const random = new Random(seed);
      const scene = await setSceneWithReleases((await start({ inMemory: true })).url);
      scene.proxy.latency.before = () => random.below(40);
      scene.proxy.latency.after = () => random.below(40);

      const runId = await beginRun(scene);
      for (let kills = 0; kills < 2; kills += 1) {
        await delay(random.below(250));
        await scene.kill();
        await scene.start();
      }

      expect(await faultsAfterRun(scene, runId)).toEqual([]);
    });
  },
);

/** Puts tags of somebody else beside releases that will go. */
async function shareDigests({ registryUrl, client }: Scene): Promise<void> {
  for (const tag of SHARING) await copyTag(registryUrl, tag.replace('customer-', ''), tag);
  await client.post(`repositories/${SLUG}/reconciliations`);
  await client.until(
    () => client.get(`repositories/${SLUG}/tags/${SHARING.at(-1) ?? ''}`),
    ({ status }) => status === 200,
  );
}

async function copyTag(registryUrl: string, from: string, to: string): Promise<void> {
  const root = `${registryUrl}/v2/${PATH}/manifests`;
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = await fetch(`${root}/${from}`, { headers: { accept: type } });
  const headers = { 'content-type': manifest.headers.get('content-type') ?? type };
  const body = await manifest.text();
  await fetch(`${root}/${to}`, { method: 'PUT', headers, body });
}

/** PUTs of tags that exist, or DELETEs of digests that no tag had: those of a dummy. */
function isWriteTo(method: string, before: ReadonlyMap<string, string>): RequestMatch {
  const digests = new Set(before.values());
  return (request) => {
    const reference = request.path.slice(request.path.lastIndexOf('/') + 1);
    if (request.method !== method) return false;
    return method === 'PUT' ? before.has(reference) : !digests.has(reference);
  };
}

async function setSceneWithReleases(registryUrl: string): Promise<Scene> {
  const rules = ['retention: { policy: lean }'];
  const scene = await setScene({ registryUrl, rules, retention: POLICY });
  await scene.start();
  await scene.release(PATH, RELEASES[0] ?? '');
  await Promise.all(RELEASES.slice(1).map((tag) => scene.release(PATH, tag)));
  return scene;
}

/** A request that deletes something that is there; planning tries deletes of what is not. */
function isDeletion(scene: Scene): RequestMatch {
  const references = [...scene.releasesOf(PATH)].flat();
  return ({ method, path }) =>
    method === 'DELETE' && references.some((reference) => path.endsWith(`/${reference}`));
}

/** Plans, and has an admin execute the plan; gives the id of the run. */
async function beginRun({ client }: Scene): Promise<number> {
  const planned = await client.post(`repositories/${SLUG}/retention-plans`);
  const plan = RetentionPlanAnswer.parse(planned.json);
  const headers = { ...bearer(ADMIN_TOKEN), 'if-match': `"${plan.planHash}"` };
  const answer = await client.post(`retention-plans/${plan.id}/executions`, {}, headers);
  return ExecutionAnswer.parse(answer.json).run.id;
}

/** What is wrong when the run has ended; empty when all is as it must be. */
async function faultsAfterRun(
  scene: Scene,
  runId: number,
  kept: readonly string[] = KEPT,
): Promise<readonly string[]> {
  const { client, registryUrl, database } = scene;
  const run = await client.until(
    async () => RetentionRunAnswer.parse((await client.get(`retention-runs/${runId}`)).json),
    ({ status }) => status !== 'running',
  );
  const found = await registryTags(registryUrl, PATH);
  const moves = await allMoves(client, PATH);
  const tags = new Set(moves.map(({ tag }) => tag));
  const prunes = moves.filter(({ kind }) => kind === 'pruned').map(({ tag }) => tag);
  const gone = RELEASES.filter((tag) => !KEPT.includes(tag));
  const lifetimes = await database.lifetimes(`local/${PATH}`);
  const { intended = 0 } = await database.moves();
  return [
    ...unlike('status of the run', run.status, 'done'),
    ...unlike(
      'items',
      run.items.map(({ tag, state }) => [tag, state]),
      gone.map((tag) => [tag, 'pruned']),
    ),
    ...unlike('tags in the registry', [...found.keys()].sort(), [...kept].sort()),
    ...unlike('pruned in the history', prunes.sort(), gone),
    ...unlike('open lifetimes', Object.entries(lifetimes).sort(), [...found].sort()),
    ...unlike('intended moves', intended, 0),
    ...unlike('integrity', await database.integrity(), 'ok'),
    ...[...tags].flatMap((tag) => {
      return chainFaults(
        tag,
        moves.filter((move) => move.tag === tag),
        found.get(tag),
      );
    }),
  ];
}

function unlike(what: string, actual: unknown, expected: unknown): readonly string[] {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  return left === right ? [] : [`${what}: ${left}, not ${right}`];
}
