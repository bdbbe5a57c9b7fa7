import { createHash } from 'node:crypto';
import { parseDigest, parseTagName, type TagName } from '../src/core/names';
import { resolveOwners } from '../src/core/owners';
import type { PlanInput, TagState } from '../src/core/plan';
import type { Release } from '../src/core/release';
import { DEFAULT_RULES, type RepositoryRules } from '../src/core/rules';
import { parseVersionTag } from '../src/core/version';

const PATCHES = 20;
const MINORS = 50;
const VARIANTS = ['slim', 'alpine', 'bookworm', 'trixie', 'jammy', 'noble', 'ubi9', 'ubi10', 'fpm'];

/** Nine declared variants beside the bare one. */
export const BENCH_RULES: RepositoryRules = {
  ...DEFAULT_RULES,
  variants: { ...DEFAULT_RULES.variants, known: VARIANTS },
};

/** `1.0.0`, `1.0.0-slim` and on: 10 variants, 20 patches a minor, 50 minors a major, in no order. */
export function generateTags(count: number): readonly TagName[] {
  const suffixes = ['', ...VARIANTS.map((variant) => `-${variant}`)];
  const tags = Array.from({ length: count }, (_, index) => {
    const version = Math.floor(index / suffixes.length);
    const minor = Math.floor(version / PATCHES);
    const parts = [1 + Math.floor(minor / MINORS), minor % MINORS, version % PATCHES];
    const suffix = suffixes[index % suffixes.length] ?? '';
    return { tag: parseTagName(`${parts.join('.')}${suffix}`), place: hash(String(index)) };
  });
  return tags.sort((left, right) => (left.place < right.place ? -1 : 1)).map(({ tag }) => tag);
}

/** A release for each tag, each with a digest of its own. */
export function toReleases(tags: readonly TagName[]): readonly Release[] {
  const digests = tags.map((tag) => parseDigest(`sha256:${hash(tag)}`));
  return readReleases(tags, digests);
}

/** The part of it that reads versions. */
export function readReleases(
  tags: readonly TagName[],
  digests: readonly Release['digest'][],
): readonly Release[] {
  return tags.flatMap((tag, index) => {
    const parsed = parseVersionTag(tag, BENCH_RULES);
    const digest = digests[index];
    if (parsed.kind === 'skipped' || digest === undefined) return [];
    return [{ tag, version: parsed.version, digest, announcedPrerelease: false, missing: false }];
  });
}

/** Every moving tag stands where it did before the last release of its line: all have to move. */
export function planInputOf(releases: readonly Release[]): PlanInput {
  const { lines } = resolveOwners(releases.filter(isOlder), BENCH_RULES, 0);
  const states = Array.from(lines.values(), ({ tag, owner }): [TagName, TagState] => {
    const target = owner === undefined ? null : { digest: owner.digest, release: owner.tag };
    return [tag, { recorded: target, found: target?.digest ?? null }];
  });
  const rules = BENCH_RULES;
  return { releases, rules, cause: 'released', states: new Map(states), holds: new Map(), now: 0 };
}

function isOlder({ version }: Release): boolean {
  return version.patch < PATCHES - 1;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
