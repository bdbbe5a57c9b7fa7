import { setTimeout as delay } from 'node:timers/promises';
import {
  ExecutionAnswer,
  RetentionPlanAnswer,
  RetentionRunAnswer,
} from '../../src/retention/retention.schema';
import { describeOnRealRegistries } from '../support/real-registries';
import { bearer } from '../support/service';
import { ADMIN_TOKEN } from '../support/test-config';
import type { RequestMatch } from './faulty-proxy';
import { allMoves, registryTags } from './laws';
import { type Scene, useScenes } from './scene';

const KEPT = ['1', '1.0', '1.0.0', 'keep', 'latest'];
/** One on the digest of a release, two on digests of their own. */
const DOOMED = ['sha-a', 'sha-b', 'sha-c'];
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const isLong = process.env['TAGWARD_FAULT_SLOW'] === '1';
/** So many lives end, at requests spread over the run; in the long form one at each request. */
const LIVES = 4;
const FORM = isLong ? 'the long form' : 'TAGWARD_FAULT_SLOW=1 kills at each';
const TIME_LIMIT_MS = isLong ? 3_600_000 : 180_000;

const CASES = [
  { what: 'that leaves restore tags', window: '14d', stage: 'restorable' },
  { what: 'and of the release of its restore tags', window: '1s', stage: 'released' },
  // By digest where there is no other way; retention-run.spec.ts kills there in every run.
  ...(isLong ? [{ what: 'without restore tags', window: '0s', stage: 'released' } as const] : []),
] as const;

const setScene = useScenes();

const policy = (window: string): readonly string[] => [
  'policies:',
  '  builds:',
  `    delete: { restoreWindow: ${window} }`,
  '    execution: { concurrency: 1 }',
  '    rules:',
  '      - { class: build, match: ["sha-*"], keep: { any: [ { newest: 0 } ] } }',
];

describeOnRealRegistries('kill -9 at any request of a deletion in stages', (start) => {
  it.each(CASES)(
    '$what loses nothing and leaves no junk',
    async ({ window, stage }) => {
      const registryUrl = (await start({ inMemory: true })).url;
      const rules = ['retention: { policy: builds }'];
      const scene = await setScene({ registryUrl, rules, retention: policy(window) });
      await scene.start();
      const undisturbed = await Life.begin(scene, 'gallery/whole', stage);
      const faults = await undisturbed.faults();
      const count = undisturbed.requests();
      const stride = isLong ? 1 : Math.ceil(count / LIVES);
      process.stdout.write(`${count} requests, a kill at every ${stride}: ${FORM}\n`);

      for (let place = 1; place <= count; place += stride) {
        const path = `gallery/k${place}`;
        const moment = place % 2 === 0 ? 'before' : 'after';
        const life = await Life.begin(scene, path, stage, { moment, place });
        faults.push(...(await life.faults()).map((fault) => `${moment} ${place}: ${fault}`));
      }

      expect(faults).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  it.each([1, 2])('leaves no scratch tag when it dies at write %d of the proof', async (place) => {
    const registryUrl = (await start({ inMemory: true })).url;
    const rules = ['retention: { policy: builds }'];
    const scene = await setScene({ registryUrl, rules, retention: policy('14d') });
    await scene.start();
    const match: RequestMatch = ({ method, path }) =>
      method !== 'GET' && path.includes('tagward-probe-');

    const life = await Life.begin(scene, 'gallery/proof', 'restorable', {
      ...{ moment: 'after', place, match },
    });

    expect(await life.faults()).toEqual([]);
  });
});

interface Kill {
  readonly moment: 'before' | 'after';
  readonly place: number;
  readonly match?: RequestMatch;
}

/** How far the deletions of a life go. */
type LastStage = 'restorable' | 'released';

/** One repository whose builds are pruned, and a service that may die on the way. */
class Life {
  private constructor(
    private readonly scene: Scene,
    private readonly path: string,
    private readonly stage: LastStage,
    private readonly before: ReadonlyMap<string, string>,
    private readonly runId: number,
    private readonly logged: number,
  ) {}

  static async begin(scene: Scene, path: string, stage: LastStage, kill?: Kill): Promise<Life> {
    const { client, registryUrl } = scene;
    await scene.release(path, '1.0.0');
    for (const tag of ['keep', 'sha-b', 'sha-c']) await scene.publish(path, tag);
    await copyTag(registryUrl, path, '1.0.0', 'sha-a');
    const slug = `local~${path.replace('/', '~')}`;
    await client.post(`repositories/${slug}/reconciliations`);
    await client.until(
      async () => (await client.get(`repositories/${slug}/tags?kind=other`)).json,
      (json) => [...DOOMED, 'keep'].every((tag) => JSON.stringify(json).includes(`"${tag}"`)),
    );
    const before = await registryTags(registryUrl, path);
    const answer = await client.post(`repositories/${slug}/retention-plans`);
    const plan = RetentionPlanAnswer.parse(answer.json);
    const logged = scene.proxy.log.length;
    const ofPath: RequestMatch = (request) => request.path.includes(`/${path}/`);
    const held = kill && scene.proxy.holdNext(kill.moment, kill.match ?? ofPath, kill.place);
    const headers = { ...bearer(ADMIN_TOKEN), 'if-match': plan.planHash };
    const begun = await client.post(`retention-plans/${plan.id}/executions`, {}, headers);
    const { run } = ExecutionAnswer.parse(begun.json);
    const life = new Life(scene, path, stage, before, run.id, logged);
    if (held !== undefined && (await Promise.race([held.reached, life.isOver()])) !== 'over') {
      await scene.kill();
      await scene.start();
    }
    return life;
  }

  /** How many requests its run made so far. */
  requests(): number {
    const made = this.scene.proxy.log.slice(this.logged);
    return made.filter(({ path }) => path.includes(`/${this.path}/`)).length;
  }

  /** What is wrong when everything has ended; empty when all is as it must be. */
  async faults(): Promise<string[]> {
    const { registryUrl, client, database } = this.scene;
    const run = await this.ended();
    const wanted = this.wanted();
    const found = await this.tagsWhen((tags) => tags.size === wanted.size);
    const moves = (await allMoves(client, this.path)).filter(({ kind }) => kind === 'pruned');
    const lifetimes = Object.entries(await database.lifetimes(`local/${this.path}`));
    const kept = [...found].filter(([tag]) => !tag.startsWith('tagward-'));
    const registry = await registryTags(registryUrl, this.path);
    return [
      ...unlike('run', run.status, 'done'),
      ...unlike(
        'items',
        run.items.map(({ state }) => state),
        DOOMED.map(() => 'pruned'),
      ),
      ...unlike('tags', [...registry].sort(), [...wanted].sort()),
      ...unlike('pruned', moves.map(({ tag }) => tag).sort(), DOOMED),
      ...unlike('lifetimes', lifetimes.sort(), kept.sort()),
      ...unlike('intended', (await database.moves())['intended'] ?? 0, 0),
    ];
  }

  /** The registry's tags when everything has ended. */
  private wanted(): ReadonlyMap<string, string | undefined> {
    const wanted = new Map(KEPT.map((tag) => [tag, this.before.get(tag)]));
    for (const tag of this.stage === 'restorable' ? ['sha-b', 'sha-c'] : []) {
      const digest = this.before.get(tag) ?? '';
      wanted.set(`tagward-restore-${digest.replace(':', '-')}`, digest);
    }
    return wanted;
  }

  /** Restore tags are released at the next look of the service, some seconds later. */
  private async tagsWhen(
    isDone: (tags: ReadonlyMap<string, string>) => boolean,
  ): Promise<ReadonlyMap<string, string>> {
    for (let tries = 0; ; tries += 1) {
      const tags = await registryTags(this.scene.registryUrl, this.path);
      if (isDone(tags) || tries >= 120) return tags;
      await delay(250);
    }
  }

  /** So many requests may not be made: then the life ends as it is. */
  private async isOver(): Promise<'over'> {
    await this.ended();
    if (this.stage === 'released') await this.tagsWhen((tags) => tags.size === KEPT.length);
    return 'over';
  }

  private async ended(): Promise<RetentionRunAnswer> {
    for (;;) {
      const { client } = this.scene;
      const answer = await client.get(`retention-runs/${this.runId}`).catch(() => undefined);
      const run = RetentionRunAnswer.safeParse(answer?.json);
      if (run.success && run.data.status !== 'running') return run.data;
      await delay(100);
    }
  }
}

async function copyTag(url: string, path: string, from: string, to: string): Promise<void> {
  const root = `${url}/v2/${path}/manifests`;
  const manifest = await fetch(`${root}/${from}`, { headers: { accept: MANIFEST } });
  const headers = { 'content-type': manifest.headers.get('content-type') ?? MANIFEST };
  await fetch(`${root}/${to}`, { method: 'PUT', headers, body: await manifest.text() });
}

function unlike(what: string, actual: unknown, expected: unknown): readonly string[] {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  return left === right ? [] : [`${what}: ${left}, not ${right}`];
}
