import { z } from 'zod';
import type { Finding, Path } from '../config/finding';
import { describeFound } from '../config/found-value';
import { allowedBy, pathOf } from '../config/schema-faults';
import { suggest } from '../config/suggestion';
import { type Digest, isDigest, isTagName, type TagName } from '../core/names';
import type { ListedHold, ListedTag } from '../core/resolve';

const TIME_ALLOWED = 'a time such as 2026-07-03T10:00:00Z';
const DIGEST_ALLOWED = 'sha256: and 64 hex digits in lower case';

/** An RFC 3339 time with any offset, as UTC milliseconds. */
const Rfc3339 = z.iso
  .datetime({ offset: true, error: TIME_ALLOWED })
  .transform((text) => Date.parse(text));

/** A tag as it is listed. Its text may be illegal: that is a skipped tag, not a wrong line (P1). */
const TagLine = z.strictObject({
  tag: z.string('the text of a tag'),
  digest: z.custom<Digest>(isDigestText, DIGEST_ALLOWED).optional(),
  prerelease: z.boolean().optional(),
  publishedAt: Rfc3339.optional(),
  platforms: z.array(z.string('a platform such as linux/amd64'), 'a list of platforms').optional(),
  withdrawn: z.string('the reason in words').optional(),
});

const HoldLine = z.strictObject({
  hold: z.custom<TagName>(isTagText, 'a legal tag'),
  to: z.string('a release, a digest, or null').nullable(),
  expiresAt: Rfc3339.optional(),
});

export type ListingLine = { readonly tag: ListedTag } | { readonly hold: ListedHold };

/** One JSON line as a tag or a hold, or everything that is wrong with it. */
export function readListingLine(value: object): ListingLine | readonly Finding[] {
  // Validation would skip it unseen.
  if (Object.hasOwn(value, '__proto__')) return [unknownKey(['__proto__'], [])];
  if ('hold' in value) {
    const { data, error } = HoldLine.safeParse(value, { error: allowedBy });
    if (data === undefined) return findingsIn(error, value, Object.keys(HoldLine.shape));
    return { hold: { ...data, expiresAt: data.expiresAt ?? null } };
  }
  const { data, error } = TagLine.safeParse(value, { error: allowedBy });
  if (data === undefined) return findingsIn(error, value, Object.keys(TagLine.shape));
  return { tag: data };
}

/** The text as UTC milliseconds, or what is allowed instead. */
export function parseTime(text: string): number | { readonly allowed: string } {
  const { data } = Rfc3339.safeParse(text);
  return data ?? { allowed: TIME_ALLOWED };
}

function isDigestText(value: unknown): boolean {
  return typeof value === 'string' && isDigest(value);
}

function isTagText(value: unknown): boolean {
  return typeof value === 'string' && isTagName(value);
}

function findingsIn(
  { issues }: z.ZodError,
  line: object,
  known: readonly string[],
): readonly Finding[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey([key], known));
    const path = pathOf(issue);
    const found = valueAt(line, path);
    const sentence =
      found === undefined
        ? `is missing; allowed: ${issue.message}`
        : `${describeFound(found, path)} is not allowed here; allowed: ${issue.message}`;
    return [{ path, of: 'value', sentence }];
  });
}

function unknownKey(path: Path, known: readonly string[]): Finding {
  const key = String(path[0]);
  const advice = known.length === 0 ? 'no key has this name' : suggest(key, known);
  return { path, of: 'key', sentence: `\`${key}\` is no key of a tag or a hold; ${advice}` };
}

function valueAt(value: unknown, path: Path): unknown {
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}
