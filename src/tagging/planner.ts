import { Injectable } from '@nestjs/common';
import type { Decision, MoveDecision } from '../core/decision';
import { singleTagForm } from '../core/deletion';
import type { Digest, TagName } from '../core/names';
import { type ObservedChange, observedChanges, takeInReleases } from '../core/observation';
import { type PlanCause, planMoves, type TagState } from '../core/plan';
import type { Release } from '../core/release';
import { type LedgerView, recordedTarget } from './ledger-reader';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import type { Sighting } from './observer';
import { PlatformReader } from './platform-reader';

/** What a sighting means for a repository; nothing of it has been written yet. */
export interface Proposal {
  readonly releases: readonly Release[];
  /** Releases that the ledger does not have, or has otherwise. */
  readonly changedReleases: readonly Release[];
  readonly observed: readonly ObservedChange[];
  readonly decisions: readonly Decision[];
  /** The manifest of every digest that a tag is to be moved to. */
  readonly manifests: ReadonlyMap<Digest, Manifest>;
}

/** Turns a sighting into a proposal. Reads from the registry, writes nothing anywhere. */
@Injectable()
export class Planner {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly platforms: PlatformReader,
    private readonly clock: Clock,
  ) {}

  /**
   * Decides on the tags that were looked at. An owner whose manifest turns out to be gone counts as
   * missing, and the plan is made again without it (rule M1).
   */
  async propose(
    view: LedgerView,
    sighting: Sighting,
    { cause = 'released', adopted }: PlanTrigger = {},
  ): Promise<Proposal> {
    const context = { rules: view.rules, now: this.clock.now() };
    const seen = takeInReleases(view.releases, sighting, context);
    const { repository, rules } = view;
    const releases = await this.platforms.complete(repository, seen.releases, rules);
    const lookedAt = sighting.complete ? undefined : new Set(sighting.found.keys());
    const lifetimes = keepLookedAt(sighting);
    const states = new Map(
      Array.from(sighting.found, ([tag, found]): [TagName, TagState] => [
        tag,
        { recorded: recordedTarget(tag, view.drifts, lifetimes), found },
      ]),
    );
    const material = {
      ...{ releases, states, lookedAt },
      cause: view.rulesChanged ? ('rules-changed' as const) : cause,
      takesOver: (tag: TagName) => view.takesOverDrift || adopted?.has(tag) === true,
    };
    const present = await this.planPresent(view, material, sighting);
    return {
      ...present,
      decisions: await this.keepWhatCannotGo(view, present.decisions),
      changedReleases: mergeByTag(changedSince(view.releases, releases), present.missing),
      observed: observedChanges(lifetimes, sighting, present.releases, view.rules),
    };
  }

  /** Rule W2: a tag is removed only where the registry can delete it alone. */
  private async keepWhatCannotGo(
    view: LedgerView,
    decisions: readonly Decision[],
  ): Promise<readonly Decision[]> {
    if (decisions.every(({ action, to }) => action === 'keep' || to !== null)) return decisions;
    const capabilities = await this.registry.probeDeletion(view.repository);
    if (singleTagForm(capabilities) !== undefined) return decisions;
    return decisions.map((decision) => {
      if (decision.action === 'keep' || decision.to !== null) return decision;
      const { tag, from } = decision;
      const text = 'kept: nothing owns it, and this registry cannot delete one tag alone';
      return { tag, action: 'keep', reason: { code: 'withdrawn', text }, from, to: from };
    });
  }

  private async planPresent(
    view: LedgerView,
    input: PlanMaterial,
    sighting: Sighting,
  ): Promise<PresentPlan> {
    const manifests = new Map(sighting.manifests);
    const missing: Release[] = [];
    let { releases } = input;
    for (;;) {
      const decisions = planMoves({
        ...{ releases, rules: view.rules, cause: input.cause, states: input.states },
        ...{ holds: view.holds, now: this.clock.now(), takesOver: input.takesOver },
        ...(input.lookedAt === undefined ? {} : { tags: input.lookedAt }),
      });
      const gone = await this.readManifests(view, decisions, manifests);
      if (gone.size === 0) return { releases, decisions, manifests, missing };
      const lost = releases.filter((release) => !release.missing && gone.has(release.digest));
      missing.push(...lost.map((release) => ({ ...release, missing: true })));
      releases = mergeByTag(releases, missing);
    }
  }

  /** Reads what the moves need and is not there yet; gives the digests that the registry lacks. */
  private async readManifests(
    view: LedgerView,
    decisions: readonly Decision[],
    manifests: Map<Digest, Manifest>,
  ): Promise<ReadonlySet<Digest>> {
    const needed = new Set(decisions.filter(isMove).flatMap(({ to }) => to?.digest ?? []));
    const gone = new Set<Digest>();
    await Promise.all(
      Array.from(needed, async (digest) => {
        if (manifests.has(digest)) return;
        const manifest = await this.findManifest(view, digest);
        if (manifest === undefined) gone.add(digest);
        else manifests.set(digest, manifest);
      }),
    );
    return gone;
  }

  private async findManifest(view: LedgerView, digest: Digest): Promise<Manifest | undefined> {
    try {
      // Bytes that were read before say nothing about what the registry still has.
      const [manifest, found] = await Promise.all([
        this.registry.getManifest(view.repository, digest),
        this.registry.findManifest(view.repository, digest),
      ]);
      return found === undefined ? undefined : manifest;
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'manifest-unknown') return undefined;
      throw error;
    }
  }
}

/** Why a plan is made, where it is not a release. */
export interface PlanTrigger {
  readonly cause?: PlanCause | undefined;
  /** Tags that a person wants to follow the rules although somebody else moved them (rule I1). */
  readonly adopted?: ReadonlySet<TagName> | undefined;
}

interface PlanMaterial {
  readonly releases: readonly Release[];
  readonly states: ReadonlyMap<TagName, TagState>;
  readonly lookedAt: ReadonlySet<TagName> | undefined;
  readonly cause: PlanCause;
  readonly takesOver: (tag: TagName) => boolean;
}

interface PresentPlan {
  readonly releases: readonly Release[];
  readonly decisions: readonly Decision[];
  readonly manifests: ReadonlyMap<Digest, Manifest>;
  readonly missing: readonly Release[];
}

/** Without a complete sighting, a lifetime says nothing about a tag that was not looked at. */
function keepLookedAt({ lifetimes, found, complete }: Sighting): Sighting['lifetimes'] {
  return complete ? lifetimes : new Map([...lifetimes].filter(([tag]) => found.has(tag)));
}

export function isMove(decision: Decision): decision is MoveDecision {
  return decision.action === 'move';
}

/** What the ledger does not have, or has otherwise. */
function changedSince(known: readonly Release[], releases: readonly Release[]): readonly Release[] {
  const before = new Set(known);
  return releases.filter((release) => !before.has(release));
}

function mergeByTag(releases: readonly Release[], newer: readonly Release[]): readonly Release[] {
  const merged = new Map(releases.map((release) => [release.tag, release]));
  for (const release of newer) merged.set(release.tag, release);
  return [...merged.values()];
}
