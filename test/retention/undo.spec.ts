import { setTimeout as pause } from 'node:timers/promises';
import { runPaced } from '../../src/retention/paced';
import { RetentionSchedule } from '../../src/retention/retention-schedule';
import {
  ExecutionAnswer,
  type RetentionPlanAnswer,
  RetentionRunAnswer,
} from '../../src/retention/retention.schema';
import { ADMIN_TOKEN } from '../support/test-config';
import { DAY } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { busyRepository, DOOMED, TAGS } from './busy-repository';
import { deletionsOf, execute, planFor, restore, withRetention } from './pruning';
import { livesOn, prunedOf } from './record';
import { describeOnThreeRegistries, useCleanStage } from './three-registries';

const TIME_LIMIT_MS = 240_000;
const POLICY = withRetention([
  'guards: { maxDelete: 100, approveAbove: 50 }',
  'delete: { restoreWindow: 14d }',
  'execution: { concurrency: 8 }',
  'rules:',
  '  - { class: release, keep: { any: [ { newestPatches: 2, per: minor } ] } }',
  '  - { class: build, match: ["sha-*", "pr-*", "child-*"], keep: { any: [ { newest: 0 } ] } }',
]);

describeOnThreeRegistries(`${DOOMED} of ${TAGS} tags`, (start) => {
  const stage = useCleanStage(start, POLICY);

  it(
    'go and come back, and every tag and byte is as it was',
    async () => {
      const repository = stage.repository();
      const manifests = await busyRepository(repository);
      await repository.reconcile();
      stage.clock.advance(DAY);
      const before = await tagsOf(repository);
      const plan = await planFor(repository);

      const ended = await runAll(repository, plan);
      const during = await tagsOf(repository);
      const answers = await restoreAll(repository, deletionsOf(plan));
      const after = await tagsOf(repository);
      const found = await bytesOf(repository, [...manifests.keys()]);
      stage.clock.advance(14 * DAY);
      await stage.service().app.get(RetentionSchedule).lookForDue();

      expect(plan).toMatchObject({ outcome: 'needs-approval', reason: { code: 'max-delete' } });
      expect(deletionsOf(plan)).toHaveLength(DOOMED);
      expect(ended.items.map(({ state }) => state)).toEqual(Array(DOOMED).fill('pruned'));
      expect(Object.keys(during)).toHaveLength(Object.keys(before).length - DOOMED);
      expect(answers).toEqual(Array(DOOMED).fill({ status: 200, whole: true }));
      expect(after).toEqual(before);
      expect(found).toEqual(manifests);
      expect(await prunedOf(repository)).toHaveLength(DOOMED);
      expect(await livesOn(repository, before['pr-1'] ?? '')).toEqual(['pr-1 ended', 'pr-1 open']);
      // The end of the window takes nothing of what is back.
      expect(await tagsOf(repository)).toEqual(before);
      expect(await bytesOf(repository, [...manifests.keys()])).toEqual(manifests);
      expect((await repository.reconcile()).drift).toEqual([]);
    },
    TIME_LIMIT_MS,
  );
});

async function runAll(
  repository: TestRepository,
  { id, planHash }: RetentionPlanAnswer,
): Promise<RetentionRunAnswer> {
  const override = { override: ['max-delete'], reason: 'a clean-up' };
  const answer = await execute(repository, id, planHash, ADMIN_TOKEN, override);
  const { run } = ExecutionAnswer.parse(answer.json);
  for (;;) {
    const { json } = await repository.client.get(`retention-runs/${run.id}`);
    const ended = RetentionRunAnswer.parse(json);
    if (ended.status !== 'running') return ended;
    await pause(50);
  }
}

async function restoreAll(
  repository: TestRepository,
  tags: readonly string[],
): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  await runPaced(tags, 4, async (tag) => {
    const { status, json } = await restore(repository, tag);
    const { verified } = json as { readonly verified?: { readonly whole: boolean } };
    answers.push({ status, whole: verified?.whole });
    return 'go-on';
  });
  return answers;
}

/** Without restore tags. */
async function tagsOf(repository: TestRepository): Promise<Record<string, string>> {
  const tags = Object.entries(await repository.tags());
  return Object.fromEntries(tags.filter(([tag]) => !tag.startsWith('tagward-restore-')));
}

async function bytesOf(
  repository: TestRepository,
  digests: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  await runPaced(digests, 8, async (digest) => {
    found.set(digest, (await repository.manifest(digest)).bytes.toString());
    return 'go-on';
  });
  return new Map([...found].sort());
}
