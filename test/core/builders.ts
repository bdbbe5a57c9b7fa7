import { createHash } from 'node:crypto';
import type { Decision, MoveDecision } from '../../src/core/decision';
import type { Hold } from '../../src/core/hold';
import type { InventoryTag, RetentionInventory } from '../../src/core/inventory';
import { type Digest, parseDigest, parseTagName, type TagName } from '../../src/core/names';
import { takeInReleases } from '../../src/core/observation';
import type { Pin } from '../../src/core/pin';
import { type PlanCause, planMoves, type TagState } from '../../src/core/plan';
import type { Release, Target } from '../../src/core/release';
import type { RetentionInput } from '../../src/core/retention';
import type {
  KeepCondition,
  RetentionPolicy,
  RetentionRule,
} from '../../src/core/retention-policy';
import { DEFAULT_RULES, type RepositoryRules } from '../../src/core/rules';
import { tagGlob } from '../../src/core/tag-pattern';
import { parseVersionTag, type Version } from '../../src/core/version';

export const DAY_MS = 86_400_000;
/** 2026-06-01T00:00Z */
export const NOW = 1_780_272_000_000;

export const tagOf = parseTagName;

/** One digest per label, always the same. */
export function digestOf(label: string): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(label).digest('hex')}`);
}

export function versionOf(text: string, rules: RepositoryRules = DEFAULT_RULES): Version {
  const parsed = parseVersionTag(text, rules);
  if (parsed.kind === 'version') return parsed.version;
  throw new Error(`${text} is no version: ${parsed.reason}`);
}

/** A release on a digest of its own, present and announced as stable unless said otherwise. */
export function releaseOf(
  tag: string,
  { rules, ...changes }: Partial<Release> & { readonly rules?: RepositoryRules } = {},
): Release {
  return {
    tag: tagOf(tag),
    version: versionOf(tag, rules),
    digest: digestOf(tag),
    announcedPrerelease: false,
    missing: false,
    ...changes,
  };
}

export function rulesWith(changes: Partial<RepositoryRules>): RepositoryRules {
  return { ...DEFAULT_RULES, ...changes };
}

export function targetOf(release: string): Target {
  return { digest: digestOf(release), release: tagOf(release) };
}

/** `{ '2.1': '2.1.106' }`: what moving tags stand on, by the release they were made from. */
export type Placement = Readonly<Record<string, string | null>>;

export function isMove(decision: Decision): decision is MoveDecision {
  return decision.action === 'move';
}

/** A registry and a ledger in memory around the pure functions: what a reconciliation does. */
export class SimulatedRepository {
  releases: readonly Release[] = [];
  now = NOW;
  private readonly registry = new Map<TagName, Digest>();
  private readonly recorded = new Map<TagName, Target>();
  private readonly marks = new Map<TagName, boolean>();
  private readonly withdrawn = new Map<TagName, string>();
  private readonly holds = new Map<TagName, Hold>();

  constructor(private rules: RepositoryRules = DEFAULT_RULES) {}

  /** Pushes a tag behind Tagward's back. */
  push(tag: string, digest: Digest = digestOf(tag)): void {
    this.registry.set(tagOf(tag), digest);
  }

  remove(tag: string): void {
    this.registry.delete(tagOf(tag));
  }

  announce(tag: string, prerelease: boolean): void {
    this.marks.set(tagOf(tag), prerelease);
  }

  withdraw(tag: string): void {
    this.withdrawn.set(tagOf(tag), 'broken');
  }

  restore(tag: string): void {
    this.withdrawn.delete(tagOf(tag));
  }

  hold(tag: string, expiresAt: number | null = null): void {
    this.holds.set(tagOf(tag), { tag: tagOf(tag), by: 'ops', reason: 'on purpose', expiresAt });
  }

  endHold(tag: string): void {
    this.holds.delete(tagOf(tag));
  }

  /** Changes the rules: what was read by the old ones is read anew. */
  change(rules: RepositoryRules): readonly Decision[] {
    this.rules = rules;
    this.releases = this.releases.map((known) => ({
      ...known,
      version: versionOf(known.tag, rules),
    }));
    return this.reconcile('rules-changed');
  }

  /** Pushes releases and reconciles after each. Gives the decisions of the last one. */
  release(...tags: readonly string[]): readonly Decision[] {
    let decisions: readonly Decision[] = [];
    for (const tag of tags) {
      this.push(tag);
      decisions = this.reconcile();
    }
    return decisions;
  }

  reconcile(cause: PlanCause = 'released'): readonly Decision[] {
    const decisions = this.plan(cause);
    for (const { tag, to } of decisions.filter(isMove)) {
      if (to === null) {
        this.registry.delete(tag);
        this.recorded.delete(tag);
      } else {
        this.registry.set(tag, to.digest);
        this.recorded.set(tag, to);
      }
    }
    return decisions;
  }

  /** The names of the tags that moved. */
  moved(decisions: readonly Decision[]): readonly string[] {
    return decisions.filter(isMove).map(({ tag }) => tag);
  }

  plan(cause: PlanCause = 'released'): readonly Decision[] {
    const { rules, now, holds } = this;
    const found = new Map(this.registry);
    const observation = { found, complete: true, prereleaseMarks: this.marks };
    const known = takeInReleases(this.releases, observation, { rules, now });
    this.releases = known.releases.map((one) => ({
      ...one,
      withdrawn: this.withdrawn.get(one.tag),
    }));
    const states = new Map<TagName, TagState>();
    for (const tag of new Set([...found.keys(), ...this.recorded.keys()])) {
      states.set(tag, {
        recorded: this.recorded.get(tag) ?? null,
        found: found.get(tag) ?? null,
      });
    }
    return planMoves({ releases: this.releases, rules, cause, states, holds, now });
  }

  /** What the moving tags that Tagward wrote stand on. */
  placement(): Placement {
    return Object.fromEntries([...this.recorded].map(([tag, { release }]) => [tag, release]));
  }

  digestAt(tag: string): Digest | undefined {
    return this.registry.get(tagOf(tag));
  }
}

export interface TagSpec {
  readonly on?: string;
  readonly ageDays?: number | null;
  readonly firstObserved?: boolean;
  readonly pulledDays?: number;
  readonly sequence?: number;
}

/**
 * Tags by name, each on a digest of its own and 100 days old unless said otherwise; what indexes list
 * and what manifests describe, by label.
 */
export function inventoryOf(
  tags: Readonly<Record<string, TagSpec>>,
  children: Readonly<Record<string, readonly string[]>> = {},
  subjects: Readonly<Record<string, string>> = {},
): RetentionInventory {
  const labels = new Set([...Object.keys(children), ...Object.keys(subjects)]);
  return {
    tags: Object.entries(tags).map(([tag, spec]) => toInventoryTag(tag, spec)),
    manifests: new Map(
      Array.from(labels, (label) => {
        const links = { children: (children[label] ?? []).map(digestOf) };
        const subject = subjects[label];
        return [
          digestOf(label),
          subject === undefined ? links : { ...links, subject: digestOf(subject) },
        ];
      }),
    ),
  };
}

function toInventoryTag(
  tag: string,
  { on, ageDays = 100, firstObserved = false, pulledDays, sequence }: TagSpec,
): InventoryTag {
  return {
    tag: tagOf(tag),
    digest: digestOf(on ?? tag),
    lastMoved: ageDays === null ? null : NOW - ageDays * DAY_MS,
    lastPulled: pulledDays === undefined ? undefined : NOW - pulledDays * DAY_MS,
    firstObserved,
    sequence,
  };
}

/** The tag that cosign and the referrers fallback give to what describes a digest. */
export function dependantTagOf(label: string, ending = '.sig'): string {
  return `${digestOf(label).replace(':', '-')}${ending}`;
}

export function ruleOf(...conditions: readonly KeepCondition[]): RetentionRule {
  return { class: 'release', combine: 'any', conditions };
}

/** A rule about tags by their names. */
export function buildRuleOf(
  match: readonly string[],
  ...conditions: readonly KeepCondition[]
): RetentionRule {
  return { class: 'build', match: match.map(tagGlob), combine: 'any', conditions };
}

/** No guards, no protections but the hard ones, no restore window. */
export function policyOf(...rules: readonly RetentionRule[]): RetentionPolicy {
  return {
    name: 'services',
    mode: 'enforce',
    minAgeMs: 0,
    protect: { rollbackDepth: 0, tags: [], maxReportAgeMs: undefined },
    rules,
    guards: {},
    deletion: {
      form: 'auto',
      noticeMs: 0,
      restoreWindowMs: 0,
      restoreTags: true,
      dependants: 'follow-subject',
    },
    execution: { concurrency: 2, perSecond: undefined, stopAfterErrors: undefined },
  };
}

/** Keeps nothing by itself: every release without protection goes. */
export const KEEP_NOTHING = ruleOf({ kind: 'newest', count: 0 });

/** An evaluation in which tags can be deleted one by one and every release goes that may. */
export function retentionInput(changes: Partial<RetentionInput>): RetentionInput {
  return {
    policy: policyOf(KEEP_NOTHING),
    rules: DEFAULT_RULES,
    releases: [],
    inventory: { tags: [], manifests: new Map() },
    formerTargets: new Map(),
    tagsEverSeen: [],
    pins: [],
    inUse: [],
    ledgerTagCount: undefined,
    capabilities: { tagDelete: 'works', digestDelete: 'works', provider: false },
    now: NOW,
    ...changes,
  };
}

export function tagPin(tag: string, changes: Partial<Pin> = {}): Pin {
  return { target: { kind: 'tag', tag: tagOf(tag) }, ...PINNED, ...changes };
}

export function digestPin(label: string, changes: Partial<Pin> = {}): Pin {
  return { target: { kind: 'digest', digest: digestOf(label) }, ...PINNED, ...changes };
}

const PINNED = { reason: 'barrier', expiresAt: null } as const;
