import { Injectable } from '@nestjs/common';
import type { Decision } from '../core/decision';
import { explainRelease } from '../core/explain';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { compareLanes } from '../core/lanes';
import { examineReleases } from '../core/release-set';
import type { Announcement } from './inbox';
import { LedgerReader } from './ledger-reader';
import { Observer } from './observer';
import { planHashOf } from './plan-hash';
import { Planner } from './planner';

export interface RepositoryPlan {
  readonly repository: string;
  readonly decisions: readonly Decision[];
  readonly planHash: string;
}

/** What a reconcile would do, through the same observation and plan, without a write anywhere. */
@Injectable()
export class PlanPreview {
  constructor(
    private readonly ledger: LedgerReader,
    private readonly observer: Observer,
    private readonly planner: Planner,
  ) {}

  /**
   * Plans a whole repository; with a tag, as if it had just been announced, in words about it.
   * Throws what a registry throws, `manifest-unknown` for a tag that is not there among it.
   */
  async preview(
    repository: RepositoryName,
    release?: { readonly tag: TagName; readonly digest: Digest | null },
  ): Promise<RepositoryPlan> {
    const view = await this.ledger.read(repository);
    const announcements = release === undefined ? [] : [imagined(release)];
    const sighting = await this.observer.observeAll(view, announcements);
    for (const failure of sighting.failures.values()) throw failure;
    const proposal = await this.planner.propose(view, sighting);
    const announced = proposal.releases.find(({ tag }) => tag === release?.tag);
    const explained =
      announced === undefined
        ? []
        : explainRelease(announced, {
            ...{ decisions: proposal.decisions, rules: view.rules },
            conflicting: examineReleases(proposal.releases, view.rules).conflicting,
            releases: proposal.releases,
          });
    const decisions = mergeByTag(proposal.decisions, explained);
    return { repository, decisions, planHash: planHashOf(decisions) };
  }
}

function imagined({ tag, digest }: { tag: TagName; digest: Digest | null }): Announcement {
  const facts = { deliveryId: 0, actor: 'preview', attempts: 0, prerelease: null } as const;
  return { ...facts, event: 'published', tag, digest };
}

function mergeByTag(
  decisions: readonly Decision[],
  explained: readonly Decision[],
): readonly Decision[] {
  const merged = new Map(decisions.map((decision) => [decision.tag, decision]));
  for (const decision of explained) merged.set(decision.tag, decision);
  return [...merged.values()].sort((left, right) => compareLanes(left.tag, right.tag));
}
