import { createHash } from 'node:crypto';
import { parseDigest, parseTagName, type TagName } from '../src/core/names';
import { resolveOwners } from '../src/core/owners';
import type { PlanInput, TagState } from '../src/core/plan';
import type { Release } from '../src/core/release';
import { DEFAULT_RULES } from '../src/core/rules';
import { parseVersionTag } from '../src/core/version';

const PATCHES = 20;
const MINORS = 50;

/** `1.0.0` and on: 20 patches a minor, 50 minors a major, in an order that is none. */
export function generateTags(count: number): readonly TagName[] {
  const tags = Array.from({ length: count }, (_, index) => {
    const minor = Math.floor(index / PATCHES);
    const parts = [1 + Math.floor(minor / MINORS), minor % MINORS, index % PATCHES];
    return { tag: parseTagName(parts.join('.')), place: hash(String(index)) };
  });
  return tags.sort((left, right) => left.place.localeCompare(right.place)).map(({ tag }) => tag);
}

/** A release for each tag, each with a digest of its own. */
export function toReleases(tags: readonly TagName[]): readonly Release[] {
  return tags.flatMap((tag) => {
    const parsed = parseVersionTag(tag);
    if (parsed.kind === 'skipped') return [];
    const digest = parseDigest(`sha256:${hash(tag)}`);
    return [{ tag, version: parsed.version, digest, announcedPrerelease: false, missing: false }];
  });
}

/** Every moving tag stands where it did before the last release of its line: all have to move. */
export function planInputOf(releases: readonly Release[]): PlanInput {
  const { lines } = resolveOwners(releases.filter(isOlder), DEFAULT_RULES);
  const states = Array.from(lines.values(), ({ tag, owner }): [TagName, TagState] => {
    const target = owner === undefined ? null : { digest: owner.digest, release: owner.tag };
    return [tag, { recorded: target, found: target?.digest ?? null }];
  });
  return { releases, rules: DEFAULT_RULES, rulesChanged: false, states: new Map(states) };
}

function isOlder({ version }: Release): boolean {
  return version.patch < PATCHES - 1;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
