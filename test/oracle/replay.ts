import { createHash } from 'node:crypto';
import { isTagName, parseDigest, type TagName } from '../../src/core/names';
import { type Owners, resolveOwners } from '../../src/core/owners';
import type { Release } from '../../src/core/release';
import type { RepositoryRules } from '../../src/core/rules';
import { compareVersions, readerOf, type Version } from '../../src/core/version';
import type { History, HistoryStep } from './history';
import type { Policy, PolicyEvent } from './policy';

interface Difference {
  readonly date: string;
  readonly tag: string;
  readonly listed: string;
  /** The release that the rules have there; undefined when they have none. */
  readonly got: string | undefined;
}

export interface ReplayResult {
  readonly image: string;
  /** Moving-tag changes after the first step, which is an import. */
  readonly changes: number;
  readonly reproduced: number;
  readonly wrongOwner: number;
  readonly missed: number;
  /** Changes of names that a release has, too (rule K2). */
  readonly collisions: number;
  /** Moves to a lower version in a step without a decision of a person. */
  readonly backward: number;
  readonly differences: readonly Difference[];
  readonly collidingTags: readonly string[];
}

/** Replays a history through the owners of production, fed with raw tags only. */
export function replay(history: History, policy: Policy): ReplayResult {
  const run = new Replay(policy);
  history.steps.forEach((step, index) => {
    run.take(step, index === 0);
  });
  return run.result(history.image);
}

class Replay {
  private readonly tags = new Set<string>();
  private readonly withdrawn = new Set<string>();
  private readonly held = new Set<string>();
  /** By tag, for the rules of the day; null for a tag that is no version by them. */
  private readonly versions = new Map<string, Version | null>();
  private readonly standing = new Map<string, Release>();
  private readonly differences: Difference[] = [];
  private readonly colliding = new Set<string>();
  private readonly counts = { changes: 0, reproduced: 0, collisions: 0, backward: 0 };
  private rules: Policy['rules'];
  private pending: readonly Policy['events'][number][];

  constructor({ rules, events }: Policy) {
    this.rules = rules;
    this.pending = events;
  }

  take(step: HistoryStep, isImport: boolean): void {
    const isDecided = this.decideBefore(step);
    for (const { tag } of step.added) this.tags.add(tag);
    const owners = resolveOwners(this.releases(), this.rules, Date.parse(step.date));
    this.stand(owners, isImport || isDecided);
    if (isImport) return;
    for (const [tag, listed] of Object.entries(step.changed)) {
      this.compare(owners, { date: step.date, tag, listed });
    }
  }

  result(image: string): ReplayResult {
    const wrongOwner = this.differences.filter(({ got }) => got !== undefined).length;
    return {
      ...{ image, ...this.counts, wrongOwner, missed: this.differences.length - wrongOwner },
      ...{ differences: this.differences, collidingTags: [...this.colliding].sort() },
    };
  }

  /** Takes the decisions that were due before a step; whether there were any. */
  private decideBefore(step: HistoryStep): boolean {
    const due = this.pending.filter((event) => isDue(event, step));
    this.pending = this.pending.filter((event) => !due.includes(event));
    for (const event of due) {
      if (event.newRules !== undefined) this.versions.clear();
      this.rules = event.newRules ?? this.rules;
      for (const version of event.withdraw) this.withdrawn.add(version);
      for (const version of event.restore) this.withdrawn.delete(version);
      for (const tag of event.hold) this.held.add(tag);
      for (const tag of event.release) this.held.delete(tag);
    }
    return due.length > 0;
  }

  private releases(): readonly Release[] {
    return [...this.tags].flatMap((tag): Release[] => {
      const version = this.versions.get(tag) ?? readVersion(tag, this.rules);
      this.versions.set(tag, version);
      if (version === null || !isTagName(tag)) return [];
      const isWithdrawn = this.withdrawn.has(version.numbers.join('.'));
      const withdrawn = isWithdrawn ? 'taken back' : undefined;
      const facts = { announcedPrerelease: false, missing: false };
      return [{ tag, version, digest: digestOf(tag), ...facts, withdrawn }];
    });
  }

  private stand({ lines }: Owners, mayGoBack: boolean): void {
    for (const { tag, owner } of lines.values()) {
      if (owner === undefined || this.held.has(tag)) continue;
      const before = this.standing.get(tag);
      this.standing.set(tag, owner);
      const isLower = before !== undefined && compareVersions(owner.version, before.version) < 0;
      if (isLower && !mayGoBack) this.counts.backward += 1;
    }
  }

  private compare(
    { lines, colliding }: Owners,
    { date, tag, listed }: Omit<Difference, 'got'>,
  ): void {
    this.counts.changes += 1;
    const name = isTagName(tag) ? tag : undefined;
    if (name !== undefined && isCollision(name, { lines, colliding })) {
      this.counts.collisions += 1;
      this.colliding.add(tag);
      return;
    }
    const owner = this.standing.get(tag);
    if (owner !== undefined && isSameVersion(owner.version.numbers.join('.'), listed)) {
      this.counts.reproduced += 1;
    } else this.differences.push({ date, tag, listed, got: owner?.tag });
  }
}

function readVersion(tag: string, rules: RepositoryRules): Version | null {
  const parsed = readerOf(rules).read(tag);
  return parsed.kind === 'version' ? parsed.version : null;
}

function isDue({ date, commit }: PolicyEvent, step: HistoryStep): boolean {
  if (commit === undefined || step.date > date) return date <= step.date;
  return commit === step.commit;
}

function isCollision(
  tag: TagName,
  { lines, colliding }: Pick<Owners, 'lines' | 'colliding'>,
): boolean {
  return colliding.has(tag) || lines.get(tag)?.barred?.code === 'collision';
}

/** `3.2` and `3.2.0` are one version. */
function isSameVersion(left: string, right: string): boolean {
  return withoutZeros(left) === withoutZeros(right);
}

function withoutZeros(version: string): string {
  return version.replace(/(?:\.0)+$/, '');
}

const digests = new Map<string, Release['digest']>();

/** Every tag was published with a digest of its own. */
function digestOf(tag: string): Release['digest'] {
  const digest =
    digests.get(tag) ?? parseDigest(`sha256:${createHash('sha256').update(tag).digest('hex')}`);
  digests.set(tag, digest);
  return digest;
}
