import { createHash } from 'node:crypto';
import { parsePolicy } from '../src/config/load-policy';
import type { InventoryTag, ManifestLinks } from '../src/core/inventory';
import { type Digest, parseDigest, parseTagName, type TagName } from '../src/core/names';
import { resolveOwners } from '../src/core/owners';
import type { Release } from '../src/core/release';
import type { RetentionInput } from '../src/core/retention';
import { BENCH_RULES, generateTags, readReleases } from './generated-releases';

const NOW = 1_780_272_000_000;
/** Ages are spread over two years. */
const OLDEST_MS = 730 * 86_400_000;
/** Shares of all tags; what is left over are words that name no class. */
const SHARES = { releases: 0.4, prereleases: 0.1, builds: 0.42, signatures: 0.02 } as const;
const CANDIDATES = 5;
/** Every so many manifests are indexes, each of them with a tag for one of its two children. */
const INDEX_EVERY = 20;
const FORMER_TARGETS = 3;

/** The policy with which retention is described; nobody reports what runs. */
const POLICY = `
mode: enforce
clock: { age: lastMoved, unknown: keep, minAge: 48h }
protect: { movingTags: true, rollbackDepth: 2, references: true, pins: true, tags: ["lts-*", "stable"] }
rules:
  - { class: release, keep: { any: [ { newestPatches: 1, per: minor }, { newestMinors: 3, per: major }, { newest: 5 }, { movedWithin: 90d } ] } }
  - { class: prerelease, keep: { any: [ { newest: 2, per: core }, { movedWithin: 14d } ] }, dropWhenReleased: { after: 14d } }
  - { class: build, match: ["sha-*", "pr-*"], keep: { all: [ { newest: 20 }, { movedWithin: 30d } ] } }
guards: { maxDelete: 50, maxDeletePercent: 20, minRemaining: 3, maxInventoryDropPercent: 10, approveAbove: 25 }
delete: { form: auto, notice: 3d, restoreWindow: 14d, restoreTags: true, dependants: follow-subject }
execution: { concurrency: 2, perSecond: 5, stopAfterErrors: 3 }
`;

/** A repository of so many tags of all classes, in no order, and what the ledger knows of it. */
export function generateRetentionInput(count: number): RetentionInput {
  const { policy } = parsePolicy(POLICY, 'the benchmark');
  const releases = generateReleases(count);
  const manifests = generateIndexes(releases);
  const tags = inNoOrder(generateInventoryTags(count, releases, manifests));
  return {
    ...{ policy, rules: BENCH_RULES, releases, inventory: { tags, manifests }, now: NOW },
    formerTargets: formerTargetsOf(releases),
    pins: [
      { target: { kind: 'tag', tag: parseTagName('1.0.0') }, reason: 'a barrier', expiresAt: null },
    ],
    inUse: [],
    capabilities: { tagDelete: 'works', digestDelete: 'works', provider: false },
    ledgerTagCount: tags.length,
    tagsEverSeen: tags.map(({ tag }) => tag),
  };
}

/** Full versions with and without a variant, and candidates of the plain ones. */
function generateReleases(count: number): readonly Release[] {
  const full = generateTags(Math.floor(count * SHARES.releases));
  const plain = full.filter((tag) => !tag.includes('-'));
  const candidates = Array.from({ length: Math.floor(count * SHARES.prereleases) }, (_, index) => {
    const core = plain[Math.floor(index / CANDIDATES) % plain.length] ?? '';
    return parseTagName(`${core}-rc.${index % CANDIDATES}`);
  });
  const tags = [...full, ...new Set(candidates)];
  return readReleases(tags, tags.map(digestOf));
}

function generateInventoryTags(
  count: number,
  releases: readonly Release[],
  manifests: RetentionInput['inventory']['manifests'],
): readonly InventoryTag[] {
  const tags = releases.map(({ tag, digest }) => inventoryTag(tag, digest));
  const some = (share: number): readonly number[] => [...Array(Math.floor(count * share)).keys()];
  for (const { tag, owner } of resolveOwners(releases, BENCH_RULES, NOW).lines.values()) {
    if (owner !== undefined) tags.push(inventoryTag(tag, owner.digest));
  }
  for (const [digest, links] of manifests) tags.push(childTag(digest, links));
  for (const place of some(SHARES.signatures)) tags.push(signatureTag(place, releases));
  // Every other build was released, and has the digest of its release.
  for (const place of some(SHARES.builds)) {
    const tag = parseTagName(`sha-${hash(`build ${place}`).slice(0, 12)}`);
    const released = place % 2 === 0 ? releases[place % releases.length] : undefined;
    tags.push(inventoryTag(tag, released?.digest ?? digestOf(tag)));
  }
  for (let place = 0; tags.length < count; place += 1) {
    const tag = parseTagName(`branch-${place}`);
    tags.push(inventoryTag(tag, digestOf(tag)));
  }
  return tags.slice(0, count);
}

function signatureTag(place: number, releases: readonly Release[]): InventoryTag {
  const subject = releases[place]?.digest ?? digestOf(`gone ${place}`);
  const tag = parseTagName(`${subject.replace(':', '-')}.sig`);
  return inventoryTag(tag, digestOf(tag));
}

function generateIndexes(releases: readonly Release[]): ReadonlyMap<Digest, ManifestLinks> {
  const indexes = releases.filter((_, place) => place % INDEX_EVERY === 0);
  return new Map(
    indexes.map(({ digest }) => {
      const children = ['amd64', 'arm64'].map((platform) => digestOf(`${digest} ${platform}`));
      return [digest, { children }];
    }),
  );
}

function childTag(index: Digest, { children }: ManifestLinks): InventoryTag {
  const [child = index] = children;
  return inventoryTag(parseTagName(`pr-${child.slice(-12)}`), child);
}

/** What moving tags pointed at before. */
function formerTargetsOf(releases: readonly Release[]): RetentionInput['formerTargets'] {
  const former = new Map<TagName, readonly Digest[]>();
  for (const [tag, { owner }] of resolveOwners(releases, BENCH_RULES, NOW).lines) {
    const place = former.size;
    if (owner === undefined) continue;
    const before = releases.slice(place, place + FORMER_TARGETS).map(({ digest }) => digest);
    former.set(tag, before);
  }
  return former;
}

function inventoryTag(tag: TagName, digest: Digest): InventoryTag {
  const share = Number.parseInt(hash(`age ${tag}`).slice(0, 12), 16) / 16 ** 12;
  const lastMoved = NOW - Math.floor(share * OLDEST_MS);
  return { tag, digest, lastMoved, sequence: Math.floor(share * 2 ** 40), firstObserved: false };
}

/** Each text is one of its own, as they come from a registry: none is shared between two tags. */
function inNoOrder(tags: readonly InventoryTag[]): readonly InventoryTag[] {
  const placed = tags.map((tag) => ({ tag, place: hash(tag.tag) }));
  return placed
    .sort((left, right) => (left.place < right.place ? -1 : 1))
    .map(({ tag: { tag, digest, ...rest } }) => {
      return { tag: parseTagName(copyOf(tag)), digest: parseDigest(copyOf(digest)), ...rest };
    });
}

function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

function digestOf(text: string): Digest {
  return parseDigest(`sha256:${hash(text)}`);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
