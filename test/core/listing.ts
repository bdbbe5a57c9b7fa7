import { parseRules } from '../../src/config/load-rules';
import { parseTagName } from '../../src/core/names';
import {
  type ListedHold,
  type ListedTag,
  type Resolution,
  type ResolvedTag,
  resolveTags,
} from '../../src/core/resolve';
import type { RepositoryRules } from '../../src/core/rules';
import { DAY_MS, digestOf, NOW } from './builders';

/** Rules from YAML with the keys of one `repositories` entry, as `tagward resolve --rules` reads it. */
export function rulesFrom(yaml = ''): RepositoryRules {
  return parseRules(yaml, 'rules.yaml');
}

/**
 * What a listing shows, in words: `2.1.106` is on a digest of its own, `2.1.106@A` on the digest A,
 * `2.1.106@?` on an unknown one; ` !` withdraws it, ` ~` announces it as a pre-release, and ` 20d`
 * says how long it has been out.
 */
export function listed(text: string): ListedTag {
  const [name = '', ...marks] = text.split(' ');
  const [tag = '', on = tag] = name.split('@');
  const days = marks.find((mark) => /^\d+d$/.test(mark));
  return {
    tag,
    ...(on === '?' ? {} : { digest: digestOf(on) }),
    ...(marks.includes('!') ? { withdrawn: 'broken' } : {}),
    ...(marks.includes('~') ? { prerelease: true } : {}),
    ...(days === undefined ? {} : { publishedAt: NOW - Number(days.slice(0, -1)) * DAY_MS }),
  };
}

export function holdOf(
  tag: string,
  to: string | null,
  expiresAt: number | null = null,
): ListedHold {
  return { hold: parseTagName(tag), to, expiresAt };
}

export interface ListingOptions {
  readonly rules?: string;
  readonly holds?: readonly ListedHold[];
  readonly now?: number;
}

/** Resolves a listing in words. */
export function resolveListing(
  tags: readonly (string | ListedTag)[],
  { rules = '', holds = [], now = NOW }: ListingOptions = {},
): Resolution {
  return resolveTags({
    tags: tags.map((tag) => (typeof tag === 'string' ? listed(tag) : tag)),
    rules: rulesFrom(rules),
    holds,
    now,
  });
}

/** `{ '2.1': '2.1.106' }` */
export function movingOf({ moving }: Resolution): Readonly<Record<string, string | null>> {
  return Object.fromEntries(moving.map(({ tag, release }) => [tag, release]));
}

/** `{ '2.1': 'prerelease' }` */
export function skippedOf({ skipped }: Resolution): Readonly<Record<string, string>> {
  return Object.fromEntries(skipped.map(({ tag, reason }) => [tag, reason.code]));
}

export function resolvedTag(tag: string, { moving }: Resolution): ResolvedTag | undefined {
  return moving.find((resolved) => resolved.tag === tag);
}

/** `{ '2.1.106': 'latest 2 2.1' }` as `{ latest: '2.1.106', … }`. */
export function byTag(owned: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(owned).flatMap(([release, tags]) => words(tags).map((tag) => [tag, release])),
  );
}

export function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}
