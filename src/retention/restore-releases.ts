import { Injectable, Logger } from '@nestjs/common';
import { chooseForm } from '../core/deletion';
import type { InventoryTag } from '../core/inventory';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { groupBy } from '../core/group-by';
import { reaching } from '../core/retention-graph';
import { findStaleReport } from '../core/retention-guards';
import { splitInternal } from '../core/retention-member';
import { planRelease } from '../core/retention-release';
import type { RetentionDecision } from '../core/retention-decision';
import { UnitOfWork } from '../database/unit-of-work';
import { ImageRegistry } from '../registry/image-registry';
import { Clock } from '../runtime/clock';
import { RepositoryLease } from '../tagging/lease';
import type { HeldLease } from '../tagging/renewed-lease';
import { stepsOf } from './deletion-steps';
import { NO_WINDOW, type ReleaseContext, ReleaseWork } from './release-work';
import type { RestoreTagEntity } from './restore-tag.entity';
import { RestoreTagStore } from './restore-tag.store';
import { type GatheredInput, RetentionEvaluator } from './retention-evaluator';
import { RetentionExecutor } from './retention-executor';
import { RetentionRunStore } from './retention-run.store';

const DAY_MS = 86_400_000;
const RETRY_MS = 60_000;

/** The last stage of a deletion: restore tags whose window is over (retention.md 2.3 step 14). */
@Injectable()
export class RestoreReleases {
  private readonly logger = new Logger(RestoreReleases.name);
  /** Until when a repository that could not be read is left alone, by the monotonic clock. */
  private readonly waiting = new Map<RepositoryName, number>();

  constructor(
    private readonly store: RestoreTagStore,
    private readonly runs: RetentionRunStore,
    private readonly evaluator: RetentionEvaluator,
    private readonly executor: RetentionExecutor,
    private readonly work: ReleaseWork,
    private readonly registry: ImageRegistry,
    private readonly lease: RepositoryLease,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Releases what is due in all repositories; one that cannot be read waits for the next time. */
  async releaseDue(isStopping: () => boolean): Promise<void> {
    for (const repository of await this.store.listDueRepositories(this.clock.now())) {
      if (isStopping()) return;
      if ((this.waiting.get(repository) ?? 0) > performance.now()) continue;
      try {
        await this.lease.run(repository, (lease) =>
          this.releaseHeld(repository, lease, isStopping),
        );
        this.waiting.delete(repository);
      } catch (error) {
        this.waiting.set(repository, performance.now() + RETRY_MS);
        const fault = String(error);
        this.logger.error({ msg: 'could not release restore tags', repository, fault });
      }
    }
  }

  private async releaseHeld(
    repository: RepositoryName,
    lease: HeldLease,
    isStopping: () => boolean,
  ): Promise<void> {
    await lease.confirm();
    const now = this.clock.now();
    const due = (await this.store.list(repository)).filter(({ untilAt }) => untilAt <= now);
    const last = due.at(-1);
    if (last === undefined) return;
    const run = await this.runs.find(last.runId);
    const facts = { repository, runId: last.runId, planId: run?.planId ?? 0, actor: 'schedule' };
    await this.executor.settleOpen(facts);
    const input = await this.evaluator.gather(repository, now);
    const released = await this.dropCancelled(due, input);
    const context = contextOf(repository, released, input);
    const referrers = await Promise.all(
      released.map(({ digest }) => this.work.findReferrers(digest, context)),
    );
    const decisions = dependantDecisions(context, input);
    const gone = decisions.filter(({ verdict }) => verdict === 'delete');
    for (const step of stepsOf(gone, decisions).steps) {
      await this.executor.execute(step, { ...facts, lease, restore: undefined });
    }
    for (const digest of referrers.flat()) {
      lease.check();
      await this.registry.deleteManifest(repository, digest);
    }
    for (const row of released) {
      if (isStopping()) return;
      lease.check();
      if (!(await this.work.release(row, context))) await this.postpone(row);
    }
    const digests = released.map(({ digest }) => digest);
    this.logger.log({ msg: 'released restore tags', repository, digests });
  }

  /** A pin, a report of what runs or a late reporter cancels the release of what it may need. */
  private async dropCancelled(
    due: readonly RestoreTagEntity[],
    input: GatheredInput,
  ): Promise<readonly RestoreTagEntity[]> {
    const cancelled = await this.findCancelled(due, input);
    for (const row of due) if (cancelled(row)) await this.postpone(row);
    return due.filter((row) => !cancelled(row));
  }

  private async findCancelled(
    due: readonly RestoreTagEntity[],
    { policy, pins, inUse, inventory, now }: GatheredInput,
  ): Promise<(row: RestoreTagEntity) => boolean> {
    const isOff = policy?.mode === 'off';
    const isStale = policy !== undefined && findStaleReport(policy, inUse, now) !== undefined;
    if (isOff || isStale) return () => true;
    const [repository] = due.map((row) => row.repository);
    const restorable = repository === undefined ? [] : await this.store.listRestorable(repository);
    const names = groupBy(restorable, ({ digest }) => digest);
    const pinned = new Set<string>(
      pins.map(({ target }) => (target.kind === 'tag' ? target.tag : target.digest)),
    );
    const needed = new Set([
      ...inUse.flatMap(({ digests }) => digests),
      ...pins.flatMap(({ target }) => (target.kind === 'digest' ? [target.digest] : [])),
    ]);
    const reached = reaching(needed, inventory.manifests);
    return ({ digest }) =>
      reached.has(digest) || (names.get(digest) ?? []).some(({ tag }) => pinned.has(tag));
  }

  private async postpone({ repository, digest }: RestoreTagEntity): Promise<void> {
    const untilAt = this.clock.now() + DAY_MS;
    await this.unitOfWork.run((transaction) =>
      this.store.postpone(transaction, repository, digest, untilAt),
    );
  }
}

function contextOf(
  repository: RepositoryName,
  released: readonly RestoreTagEntity[],
  { inventory, releases, rules, policy, capabilities, pins, inUse }: GatheredInput,
): ReleaseContext {
  const { members, internal } = splitInternal(inventory, releases, rules);
  const roots = new Set<Digest>([
    ...inUse.flatMap(({ digests }) => digests),
    ...pins.flatMap(({ target }) => (target.kind === 'digest' ? [target.digest] : [])),
  ]);
  const due = new Set(released.map(({ digest }) => digest));
  const { manifests } = inventory;
  const names = new Set(pins.flatMap(({ target }) => (target.kind === 'tag' ? [target.tag] : [])));
  const isNamed = ({ tag }: InventoryTag): boolean =>
    names.has(tag) || policy?.protect.tags.some(({ matches }) => matches(tag)) === true;
  const kept = new Set(members.filter(isNamed).map(({ tag }) => tag));
  const plan = planRelease({ members, internal, manifests, due, roots, kept });
  const going = new Set<TagName>(plan.dependants.map(({ tag }) => tag));
  const staying = groupBy(
    members.filter(({ tag }) => !going.has(tag)),
    ({ digest }) => digest,
  );
  return {
    ...{ repository, capabilities, plan, form: policy?.deletion.form ?? 'auto' },
    siblings: (digest) => (staying.get(digest) ?? []).map(({ tag }) => tag),
  };
}

/** The dependants as if a plan had let them go, so that they go on the same path. */
function dependantDecisions(
  { capabilities, form, plan, siblings }: ReleaseContext,
  { inventory, releases, rules }: GatheredInput,
): readonly RetentionDecision[] {
  const going = new Set(plan.dependants.map(({ tag }) => tag));
  const { members } = splitInternal(inventory, releases, rules);
  return members.map(({ tag, digest }): RetentionDecision => {
    const kept = { tag, digest, verdict: 'keep', reasons: [] } as const;
    if (!going.has(tag)) return kept;
    const needs = { siblings: siblings(digest).length, listed: plan.living.has(digest) };
    const choice = chooseForm(capabilities, { ...NO_WINDOW, form }, needs);
    return 'form' in choice ? { ...kept, verdict: 'delete', form: choice.form } : kept;
  });
}
