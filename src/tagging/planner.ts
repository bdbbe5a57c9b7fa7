import { Injectable } from '@nestjs/common';
import type { Decision, MoveDecision } from '../core/decision';
import type { Digest, TagName } from '../core/names';
import { type ObservedChange, observedChanges, takeInReleases } from '../core/observation';
import { planMoves, type TagState } from '../core/plan';
import type { Release } from '../core/release';
import { type LedgerView, recordedTarget } from './ledger-reader';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import type { Sighting } from './observer';

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
  constructor(private readonly registry: ImageRegistry) {}

  /**
   * Decides on the tags that were looked at. An owner whose manifest turns out to be gone counts as
   * missing, and the plan is made again without it (rule M1).
   */
  async propose(view: LedgerView, sighting: Sighting): Promise<Proposal> {
    const { releases, changed } = takeInReleases(view.releases, sighting);
    const lookedAt = sighting.complete ? undefined : new Set(sighting.found.keys());
    const lifetimes = keepLookedAt(sighting);
    const states = new Map(
      Array.from(sighting.found, ([tag, found]): [TagName, TagState] => [
        tag,
        { recorded: recordedTarget(tag, view.drifts, lifetimes), found },
      ]),
    );
    const present = await this.planPresent(view, { releases, states, lookedAt }, sighting);
    return {
      ...present,
      changedReleases: mergeByTag(changed, present.missing),
      observed: observedChanges(lifetimes, sighting, present.releases, view.rules),
    };
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
        ...{ releases, rules: view.rules, rulesChanged: view.rulesChanged, states: input.states },
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
    const needed = new Set(decisions.filter(isMove).map((decision) => decision.to.digest));
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
      return await this.registry.getManifest(view.repository, digest);
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'manifest-unknown') return undefined;
      throw error;
    }
  }
}

interface PlanMaterial {
  readonly releases: readonly Release[];
  readonly states: ReadonlyMap<TagName, TagState>;
  readonly lookedAt: ReadonlySet<TagName> | undefined;
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

function mergeByTag(releases: readonly Release[], newer: readonly Release[]): readonly Release[] {
  const merged = new Map(releases.map((release) => [release.tag, release]));
  for (const release of newer) merged.set(release.tag, release);
  return [...merged.values()];
}
