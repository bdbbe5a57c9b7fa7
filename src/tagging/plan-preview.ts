import { Injectable } from '@nestjs/common';
import type { Decision } from '../core/decision';
import { explainRelease } from '../core/explain';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { compareLanes } from '../core/lanes';
import { examineReleases } from '../core/release-set';
import { RegistryError } from '../registry/registry-error';
import type { Announcement } from './inbox';
import { LedgerReader } from './ledger-reader';
import { Observer, type Sighting } from './observer';
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
   * Plans a whole repository; with a tag, as if it had just been announced, in words about it. A
   * tag that is not there yet counts as if it were. Throws what a registry throws.
   */
  async preview(
    repository: RepositoryName,
    release?: { readonly tag: TagName; readonly digest: Digest | null },
  ): Promise<RepositoryPlan> {
    const view = await this.ledger.read(repository);
    const announcements = release === undefined ? [] : [imagined(release)];
    const seen = await this.observer.observeAll(view, announcements);
    const sighting = release === undefined ? seen : withArrived(seen, release);
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

/** Stands for the digest of an image that nobody has pushed yet. */
const UNKNOWN = `sha256:${'0'.repeat(64)}` as Digest;

/** What would be seen if a release that the registry does not have were there. */
function withArrived(
  sighting: Sighting,
  { tag, digest }: { readonly tag: TagName; readonly digest: Digest | null },
): Sighting {
  const failure = sighting.failures.get(tag);
  if (!(failure instanceof RegistryError) || failure.code !== 'manifest-unknown') return sighting;
  const manifest = { digest: digest ?? UNKNOWN, mediaType: '', bytes: Buffer.alloc(0) };
  return {
    ...sighting,
    failures: new Map([...sighting.failures].filter(([failed]) => failed !== tag)),
    found: new Map([...sighting.found, [tag, manifest.digest]]),
    manifests: new Map([...sighting.manifests, [manifest.digest, manifest]]),
  };
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
