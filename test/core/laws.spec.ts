import fc from 'fast-check';
import type { DeletionCapabilities } from '../../src/core/deletion';
import { compareSpecificity, globsOverlap, matchesGlob } from '../../src/core/glob';
import type { RetentionInventory } from '../../src/core/inventory';
import { compareLanes } from '../../src/core/lanes';
import { movingTagsOf, publishedTagsOf } from '../../src/core/moving-tags';
import { type Digest, parseRepositoryName, repositoryOfSlug, slugOf } from '../../src/core/names';
import { resolveOwners } from '../../src/core/owners';
import { planMoves, type PlanInput, type TagState } from '../../src/core/plan';
import { compareReleases, isPrerelease, type Release } from '../../src/core/release';
import { evaluateRetention, findUnreachable, type RetentionInput } from '../../src/core/retention';
import type { KeepCondition, RetentionRule } from '../../src/core/retention-policy';
import { LEVELS, type RepositoryRules, VERSION_PREFIXES } from '../../src/core/rules';
import { compareVersions, parseVersionTag } from '../../src/core/version';
import {
  DAY_MS,
  digestOf,
  isDeleted,
  isMove,
  NOW,
  policyOf,
  releaseOf,
  SimulatedRepository,
  tagOf,
  versionOf,
} from './builders';

const RUNS = { numRuns: 300 };

const core = fc
  .tuple(fc.nat({ max: 2 }), fc.constantFrom(0, 1, 10), fc.constantFrom(0, 9, 10))
  .map((parts) => parts.join('.'));
const prefix = fc.constantFrom('', '', 'v');
const suffix = fc.constantFrom('', '', '', '-rc.1', '-rc.10', '-alpha', '-1');
const versionTag = fc.tuple(prefix, core, suffix).map((parts) => parts.join(''));

const rules: fc.Arbitrary<RepositoryRules> = fc.record({
  levels: fc.subarray([...LEVELS]),
  versionPrefix: fc.constantFrom(...VERSION_PREFIXES),
  zeroMajor: fc.boolean(),
});

/** Few digests, so that releases share them. */
const digest = fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F').map(digestOf);

/** A release in any state: on a digest of its own or a shared one, announced, missing. */
const release: fc.Arbitrary<Release> = fc
  .record({
    tag: versionTag,
    shared: fc.option(digest, { freq: 2 }),
    announcedPrerelease: fc.boolean(),
    missing: fc.boolean(),
    troubled: fc.nat({ max: 3 }),
  })
  .map(({ tag, shared, announcedPrerelease, missing, troubled }) =>
    releaseOf(tag, {
      digest: shared ?? digestOf(tag),
      announcedPrerelease: troubled === 0 && announcedPrerelease,
      missing: troubled === 0 && missing,
    }),
  );
const releases = fc.uniqueArray(release, { selector: ({ tag }) => tag, maxLength: 14 });

const movingTag = fc.constantFrom(
  ...['latest', '0', '0.0', '0.1', '1', '1.0', '1.10', '2', '2.1', 'v1', 'v1.0', 'v2.10'].map(
    tagOf,
  ),
);
const target = digest.map((on) => ({ digest: on, release: null }));
const state: fc.Arbitrary<TagState> = fc.oneof(
  target.map((recorded) => ({ recorded, found: recorded.digest })),
  fc.record({ recorded: fc.constant(null), found: digest }),
  fc.record({ recorded: fc.option(target), found: fc.option(digest) }),
);
const states = fc.uniqueArray(fc.tuple(movingTag, state), { selector: ([tag]) => tag });

const planInput: fc.Arbitrary<PlanInput> = fc.record({
  releases,
  rules,
  rulesChanged: fc.boolean(),
  states: states.map((entries) => new Map(entries)),
});

/** The same items in another order, some of them more than once. */
function shuffledWithDuplicates<Item>(items: readonly Item[]): fc.Arbitrary<readonly Item[]> {
  const twice = [...items, ...items];
  return fc.shuffledSubarray(twice).chain((some) => shuffled([...items, ...some]));
}

function shuffled<Item>(items: readonly Item[]): fc.Arbitrary<readonly Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}

describe(parseVersionTag.name, () => {
  const nearlyVersion = fc
    .array(
      fc.constantFrom(
        ...['0', '1', '12', '007', '.', '-', '_', '+', 'v', 'V', ' ', '\n', '9007199254740992'],
        ...['rc', 'alpha', 'alpine', '-63-gc1cfb6864', 'x'],
      ),
      { maxLength: 10 },
    )
    .map((parts) => parts.join(''));
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), nearlyVersion, versionTag);

  it('never throws, and reads a version only from its whole text', () => {
    fc.assert(
      fc.property(text, (raw) => {
        const parsed = parseVersionTag(raw);

        if (parsed.kind === 'skipped') return;
        const { major, minor, patch, prefixed, prerelease } = parsed.version;
        const numbers = `${prefixed ? 'v' : ''}${major}.${minor}.${patch}`;
        expect(raw.startsWith(numbers)).toBe(true);
        expect(raw === numbers).toBe(!prerelease);
        expect(raw).toBe(`${prefixed ? 'v' : ''}${parsed.version.text}`);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads every three numbers', () => {
    const part = fc.nat({ max: Number.MAX_SAFE_INTEGER });

    fc.assert(
      fc.property(part, part, part, (major, minor, patch) => {
        expect(versionOf(`${major}.${minor}.${patch}`)).toMatchObject({ major, minor, patch });
      }),
      RUNS,
    );
  });
});

describe(compareVersions.name, () => {
  const version = versionTag.map(versionOf);

  it('is a total order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const [ab, ba] = [Math.sign(compareVersions(a, b)), Math.sign(compareVersions(b, a))];

        expect(ab + ba).toBe(0);
        expect(ab === 0).toBe(a.text === b.text);
        const ordered = [a, b, c].sort(compareVersions);
        expect(isAscending(ordered, compareVersions)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('compares releases by their numbers, part by part', () => {
    const part = fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
    const parts = fc.tuple(part, part, part);

    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const first = left.findIndex((value, index) => value !== right[index]);
        const expected = first === -1 ? 0 : Math.sign((left[first] ?? 0) - (right[first] ?? 0));

        const order = compareVersions(versionOf(left.join('.')), versionOf(right.join('.')));

        expect(Math.sign(order)).toBe(expected);
      }),
      RUNS,
    );
  });
});

describe(compareReleases.name, () => {
  it('is a total order in which no two tags are equal', () => {
    fc.assert(
      fc.property(releases, (all) => {
        const sorted = [...all].sort(compareReleases);

        expect(isAscending(sorted, compareReleases)).toBe(true);
        expect(
          sorted
            .slice(1)
            .filter((right, index) => compareReleases(sorted[index] ?? right, right) >= 0),
        ).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe(compareLanes.name, () => {
  const name = fc.oneof(
    movingTag,
    fc.tuple(prefix, fc.nat({ max: 20 }), fc.nat({ max: 20 })).map(([v, a, b]) => `${v}${a}.${b}`),
    fc.string({ unit: fc.constantFrom('a', '2', '.', 'v', '0'), maxLength: 4 }),
  );

  it('is a total order on names', () => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareLanes(a, b)) + Math.sign(compareLanes(b, a))).toBe(0);
        expect(compareLanes(a, b) === 0).toBe(a === b);
        expect(isAscending([a, b, c].sort(compareLanes), compareLanes)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

function isAscending<Item>(
  items: readonly Item[],
  compare: (left: Item, right: Item) => number,
): boolean {
  return items.every((left, index) =>
    items.slice(index + 1).every((right) => compare(left, right) <= 0),
  );
}

describe(resolveOwners.name, () => {
  function summaryOf(all: readonly Release[], by: RepositoryRules): readonly string[] {
    const { lines, conflicting } = resolveOwners(all, by);
    const rows = [...lines.values()].map(
      ({ tag, owner, highest }) => `${tag}: ${owner?.tag ?? 'none'} of ${highest.tag}`,
    );
    const conflicts = Array.from(conflicting, (tag) => `conflict: ${tag}`);
    return [...rows, ...conflicts].sort();
  }

  it('gives the same owners for any order and any duplication of the releases', () => {
    const twoOrders = releases.chain((all) =>
      fc.tuple(fc.constant(all), shuffledWithDuplicates(all)),
    );

    fc.assert(
      fc.property(twoOrders, rules, ([all, mixed], by) => {
        expect(summaryOf(mixed, by)).toEqual(summaryOf(all, by));
      }),
      RUNS,
    );
  });

  it('gives each line to the highest of its members that can be pointed at', () => {
    fc.assert(
      fc.property(releases, rules, (all, by) => {
        const { lines, conflicting } = resolveOwners(all, by);

        for (const { tag, owner } of lines.values()) {
          const eligible = all.filter(
            (one) =>
              !isPrerelease(one) &&
              !one.missing &&
              !conflicting.has(one.tag) &&
              publishedTagsOf(one.version, by).includes(tag),
          );
          expect(owner?.tag).toBe(eligible.sort(compareReleases).at(-1)?.tag);
        }
      }),
      RUNS,
    );
  });

  it('finds a conflict exactly where one version has two digests', () => {
    fc.assert(
      fc.property(releases, rules, (all, by) => {
        const disputed = all.filter((one) =>
          all.some(
            (other) =>
              !one.missing &&
              !other.missing &&
              one.version.text === other.version.text &&
              one.digest !== other.digest,
          ),
        );

        const { conflicting } = resolveOwners(all, by);

        expect([...conflicting].sort()).toEqual(disputed.map(({ tag }) => tag).sort());
      }),
      RUNS,
    );
  });

  it('nests: the owner of a major owns one of its minors, the owner of latest a major', () => {
    const allTags = rules.map((some) => ({ ...some, levels: LEVELS, zeroMajor: true }));

    fc.assert(
      fc.property(releases, allTags, (all, by) => {
        const { lines } = resolveOwners(all, by);

        for (const { tag, owner } of lines.values()) {
          if (owner === undefined) continue;
          const below = movingTagsOf(owner.version, by).filter(
            ({ level }) => tag !== 'latest' || level === 'major',
          );
          const nested = tag === 'latest' ? below : below.filter((one) => isMinorOf(one.tag, tag));
          expect(nested.map((one) => lines.get(one.tag)?.owner?.tag)).toEqual(
            nested.map(() => owner.tag),
          );
          expect(nested.length > 0).toBe(tag === 'latest' || !tag.includes('.'));
        }
      }),
      RUNS,
    );
  });

  function isMinorOf(minor: string, major: string): boolean {
    return minor.startsWith(`${major}.`);
  }
});

describe(planMoves.name, () => {
  it('moves nothing a second time', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        const first = planMoves(input);
        const applied = new Map(input.states);
        for (const { tag, to } of first.filter(isMove)) {
          applied.set(tag, { recorded: to, found: to.digest });
        }

        const second = planMoves({ ...input, states: applied });

        expect(second.filter(isMove)).toEqual([]);
        expect(second.map(({ tag }) => tag)).toEqual(first.map(({ tag }) => tag));
      }),
      RUNS,
    );
  });

  it('decides the same for any order and any duplication of the releases', () => {
    const twoOrders = planInput.chain((input) =>
      fc.tuple(fc.constant(input), shuffledWithDuplicates(input.releases)),
    );

    fc.assert(
      fc.property(twoOrders, ([input, mixed]) => {
        expect(planMoves({ ...input, releases: mixed })).toEqual(planMoves(input));
      }),
      RUNS,
    );
  });

  it('moves tags only to a release of their line that is stable and there', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        for (const { tag, to } of planMoves(input).filter(isMove)) {
          const owner = input.releases.find((one) => one.tag === to.release);
          expect(owner).toMatchObject({ digest: to.digest, missing: false });
          expect(owner !== undefined && !isPrerelease(owner)).toBe(true);
          expect(owner && publishedTagsOf(owner.version, input.rules)).toContain(tag);
        }
      }),
      RUNS,
    );
  });

  it('touches no tag that is not where the ledger knew it', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        for (const { tag } of planMoves(input).filter(isMove)) {
          const { recorded, found } = input.states.get(tag) ?? { recorded: null, found: null };
          expect(recorded === null || recorded.digest === found).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('keeps what it does not move, and gives every decision a reason', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        for (const { tag, action, reason, from, to } of planMoves(input)) {
          expect(from?.digest ?? null).toBe(input.states.get(tag)?.found ?? null);
          expect(reason.text).toMatch(action === 'keep' ? /^kept: / : /^(?:moved|created): /);
          expect((from?.digest ?? null) === (to?.digest ?? null)).toBe(action === 'keep');
        }
      }),
      RUNS,
    );
  });

  it('decides each tag on its own', () => {
    const withTags = fc.tuple(planInput, fc.uniqueArray(movingTag));

    fc.assert(
      fc.property(withTags, ([input, tags]) => {
        const asked = new Set(tags);

        const some = planMoves({ ...input, tags: asked });

        expect(some).toEqual(planMoves(input).filter(({ tag }) => asked.has(tag)));
      }),
      RUNS,
    );
  });
});

describe('a repository whose releases arrive one by one', () => {
  /** Pushes in any order; two spellings of one version are one image, versions may share one. */
  const arrivals = fc
    .uniqueArray(versionTag, { minLength: 1, maxLength: 14 })
    .chain((tags) => fc.tuple(fc.constant(tags), shuffled(tags)));

  function digestOfVersion(tag: string): Digest {
    const { text, patch } = versionOf(tag);
    return digestOf(patch % 4 > 0 ? text : `shared by ${patch}`);
  }

  function publishAll(tags: readonly string[], by: RepositoryRules): SimulatedRepository {
    const repository = new SimulatedRepository(by);
    for (const tag of tags) {
      repository.push(tag, digestOfVersion(tag));
      repository.reconcile();
    }
    return repository;
  }

  it('ends with the same tags for any order of arrival', () => {
    fc.assert(
      fc.property(arrivals, rules, ([tags, otherOrder], by) => {
        const names = tags.flatMap((tag) => publishedTagsOf(versionOf(tag), by));

        const [one, other] = [publishAll(tags, by), publishAll(otherOrder, by)];

        expect(names.map((name) => other.digestAt(name))).toEqual(
          names.map((name) => one.digestAt(name)),
        );
      }),
      RUNS,
    );
  });

  it('ends with the same tags as one look at all of them', () => {
    fc.assert(
      fc.property(arrivals, rules, ([tags], by) => {
        const atOnce = new SimulatedRepository(by);
        for (const tag of tags) atOnce.push(tag, digestOfVersion(tag));
        atOnce.reconcile();

        const oneByOne = publishAll(tags, by);

        const names = tags.flatMap((tag) => publishedTagsOf(versionOf(tag), by));
        expect(names.map((name) => oneByOne.digestAt(name))).toEqual(
          names.map((name) => atOnce.digestAt(name)),
        );
      }),
      RUNS,
    );
  });

  /** Events about a few tags, so that many tags see more than one. */
  const history = fc.uniqueArray(versionTag, { minLength: 2, maxLength: 7 }).chain((tags) =>
    fc.array(
      fc.record({
        kind: fc.constantFrom('push', 'push', 'push', 'remove', 'announce', 'take back'),
        tag: fc.constantFrom(...tags),
      }),
      { minLength: 5, maxLength: 25 },
    ),
  );

  it('never lets a moving tag go to a lower version, whatever arrives, vanishes or is announced', () => {
    fc.assert(
      fc.property(history, rules, (events, by) => {
        const repository = new SimulatedRepository(by);
        const standing = new Map<string, string>();

        for (const { kind, tag } of events) {
          if (kind === 'push') repository.push(tag);
          else if (kind === 'remove') repository.remove(tag);
          else repository.announce(tag, kind === 'announce');
          for (const { tag: moved, to } of repository.reconcile().filter(isMove)) {
            const [before, after] = [standing.get(moved), to.release ?? ''];
            expect(before === undefined ? 1 : compareTags(after, before)).toBeGreaterThanOrEqual(0);
            standing.set(moved, after);
          }
        }
      }),
      RUNS,
    );
  });

  function compareTags(left: string, right: string): number {
    return compareVersions(versionOf(left), versionOf(right));
  }
});

describe(matchesGlob.name, () => {
  const literal = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', '/'), maxLength: 4 });
  const segment = fc.constantFrom('a', 'b', '*', '**', 'a*', '*b', 'a*b', 'ab', '');
  const pattern = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  const path = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'aab', ''), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join('/'));

  it('finds a literal pattern in exactly itself', () => {
    fc.assert(
      fc.property(literal, literal, (left, right) => {
        expect(matchesGlob(left, left)).toBe(true);
        expect(matchesGlob(left, right)).toBe(left === right);
        expect(globsOverlap(left, right)).toBe(left === right);
      }),
      RUNS,
    );
  });

  it('agrees with a naive matcher', () => {
    fc.assert(
      fc.property(pattern, path, (glob, text) => {
        expect(matchesGlob(glob, text)).toBe(matchesNaively(glob.split('/'), text.split('/')));
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds an overlap wherever two patterns meet, either way round', () => {
    fc.assert(
      fc.property(pattern, pattern, path, (left, right, text) => {
        const overlap = globsOverlap(left, right);

        expect(globsOverlap(right, left)).toBe(overlap);
        expect(overlap || !(matchesGlob(left, text) && matchesGlob(right, text))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('orders patterns consistently', () => {
    fc.assert(
      fc.property(pattern, pattern, pattern, (a, b, c) => {
        const [ab, ba] = [compareSpecificity(a, b), compareSpecificity(b, a)];

        expect(Math.sign(ab) + Math.sign(ba)).toBe(0);
        expect(isAscending([a, b, c].sort(compareSpecificity), compareSpecificity)).toBe(true);
      }),
      RUNS,
    );
  });

  function matchesNaively(glob: readonly string[], text: readonly string[]): boolean {
    const [first, ...rest] = glob;
    if (first === undefined) return text.length === 0;
    if (first === '**') {
      return text.some((_, index) => matchesNaively(rest, text.slice(index))) || rest.length === 0
        ? true
        : matchesNaively(rest, []);
    }
    const [segmentText, ...restText] = text;
    if (segmentText === undefined) return false;
    const expression = new RegExp(`^${first.split('*').join('.*')}$`);
    return expression.test(segmentText) && matchesNaively(rest, restText);
  }
});

describe(slugOf.name, () => {
  const part = fc.stringMatching(/^[a-z0-9]+(?:(?:\.|_|__|-)[a-z0-9]+)?$/);

  it('is undone by its inverse', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const repository = parseRepositoryName(`local/${parts.join('/')}`);

        expect(slugOf(repository)).not.toContain('/');
        expect(repositoryOfSlug(slugOf(repository))).toBe(repository);
      }),
      RUNS,
    );
  });
});

describe(evaluateRetention.name, () => {
  const DIGESTS = Array.from('ABCDEFGHIJKLMNOPQRST', digestOf);
  const LAST = DIGESTS.length - 1;
  /** Few minors with many patches, so that most releases own nothing. */
  const patch = fc
    .tuple(prefix, fc.constantFrom('1.0', '1.0', '1.1', '2.0'), fc.nat({ max: 9 }))
    .map(([v, minor, number]) => `${v}${minor}.${number}`);
  const tagName = fc.oneof(
    { weight: 12, arbitrary: patch },
    { weight: 2, arbitrary: versionTag },
    { weight: 1, arbitrary: movingTag },
    {
      weight: 1,
      arbitrary: fc.constantFrom('nightly', '1.0.0-amd64', 'tagward-restore-1', '20260805'),
    },
  );
  const inventoryTag = fc.record({
    tag: tagName.map(tagOf),
    digest: fc.constantFrom(...DIGESTS),
    lastMoved: fc.option(
      fc.nat({ max: 200 }).map((days) => NOW - days * DAY_MS),
      { freq: 12 },
    ),
    firstObserved: fc.nat({ max: 11 }).map((number) => number === 0),
  });
  /** An index lists digests that come after it, so nothing lists itself. */
  const children = fc
    .array(fc.tuple(fc.nat({ max: LAST }), fc.nat({ max: LAST })), { maxLength: 8 })
    .map((pairs) => {
      const listed = new Map<Digest, readonly Digest[]>();
      for (const [from, to] of pairs) {
        const [index, child] = [DIGESTS[Math.min(from, to)], DIGESTS[Math.max(from, to)]];
        if (index === undefined || child === undefined || index === child) continue;
        listed.set(index, [...(listed.get(index) ?? []), child]);
      }
      return listed;
    });
  const inventory: fc.Arbitrary<RetentionInventory> = fc.record({
    tags: fc.uniqueArray(inventoryTag, { selector: ({ tag }) => tag, minLength: 4, maxLength: 16 }),
    children,
  });
  const count = fc.nat({ max: 3 });
  const condition: fc.Arbitrary<KeepCondition> = fc.oneof(
    fc.record({ kind: fc.constant('newest'), count }),
    fc.record({ kind: fc.constant('newest-patches'), count }),
    fc.record({ kind: fc.constant('newest-minors'), count }),
    fc.record({
      kind: fc.constant('moved-within'),
      ms: fc.nat({ max: 100 }).map((days) => days * DAY_MS),
    }),
  );
  const rule: fc.Arbitrary<RetentionRule> = fc.record({
    class: fc.constant('release'),
    combine: fc.constantFrom('any', 'all'),
    conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
  });
  const capabilities: fc.Arbitrary<DeletionCapabilities> = fc.constantFrom(
    { tagDelete: 'works', digestDelete: 'works' },
    { tagDelete: 'works', digestDelete: 'unproven' },
    { tagDelete: 'unsupported', digestDelete: 'works' },
    { tagDelete: 'unsupported', digestDelete: 'works' },
    { tagDelete: 'unsupported', digestDelete: 'disabled' },
  );
  const retentionInput: fc.Arbitrary<RetentionInput> = fc
    .record({
      retentionRules: fc.array(rule, { minLength: 1, maxLength: 2 }),
      rules,
      inventory,
      capabilities,
      announced: fc.subarray(['1.0.0', '1.0.9', '1.1.1', '2.0.3']),
      gone: fc.uniqueArray(patch, { maxLength: 3 }),
    })
    .map(({ retentionRules, announced, gone, ...input }) => ({
      ...input,
      policy: policyOf(...retentionRules),
      releases: ledgerOf(input.inventory, announced, gone),
      now: NOW,
    }));

  /** Knows the releases of the inventory, and some that are gone. */
  function ledgerOf(
    { tags }: RetentionInventory,
    announced: readonly string[],
    gone: readonly string[],
  ): readonly Release[] {
    const present = tags
      .filter(({ tag }) => parseVersionTag(tag).kind === 'version')
      .map(({ tag, digest: on }) =>
        releaseOf(tag, { digest: on, announcedPrerelease: announced.includes(tag) }),
      );
    const known = new Set<string>(present.map(({ tag }) => tag));
    const missing = gone.filter((tag) => !known.has(tag));
    return [...present, ...missing.map((tag) => releaseOf(tag, { missing: true }))];
  }

  function deletedOf(input: RetentionInput): readonly string[] {
    return evaluateRetention(input)
      .filter(isDeleted)
      .map(({ tag }) => tag)
      .sort();
  }

  function verdictsOf(input: RetentionInput): readonly string[] {
    return evaluateRetention(input)
      .map(({ tag, verdict, form }) => `${tag} ${verdict} ${form ?? ''}`)
      .sort();
  }

  /** All digests below one, found by following every path. */
  function below(digestAbove: Digest, listed: RetentionInventory['children']): readonly Digest[] {
    const direct = listed.get(digestAbove) ?? [];
    return [...direct, ...direct.flatMap((child) => below(child, listed))];
  }

  function stayingOf(input: RetentionInput): RetentionInventory['tags'] {
    const deleted = new Set(deletedOf(input));
    return input.inventory.tags.filter(({ tag }) => !deleted.has(tag));
  }

  it('deletes something in most repositories', () => {
    const deleting = fc
      .sample(retentionInput, { numRuns: 500, seed: 1 })
      .filter((input) => deletedOf(input).length > 0);

    expect(deleting.length).toBeGreaterThan(200);
  });

  it('decides on every tag but the internal ones, in the order of the inventory', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const external = input.inventory.tags.filter(({ tag }) => !tag.startsWith('tagward-'));

        expect(evaluateRetention(input).map(({ tag }) => tag)).toEqual(
          external.map(({ tag }) => tag),
        );
      }),
      RUNS,
    );
  });

  it('deletes releases only, never a moving tag, its target or what will be its target', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const isMoving = (tag: string): boolean => /^(?:latest|v?\d+(?:\.\d+)?)$/.test(tag);
        const targets = new Set(
          input.inventory.tags.filter(({ tag }) => isMoving(tag)).map((one) => one.digest),
        );
        const { lines } = resolveOwners(input.releases, input.rules);
        const owners = new Set(Array.from(lines.values(), ({ owner }) => owner?.tag));

        for (const { tag, digest: on } of evaluateRetention(input).filter(isDeleted)) {
          expect(tag).toMatch(/^v?\d+\.\d+\.\d+$/);
          expect(targets.has(on)).toBe(false);
          expect(owners.has(tagOf(tag))).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('never deletes a child of an index that stays', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const needed = new Set(
          stayingOf(input).flatMap(({ digest: on }) => below(on, input.inventory.children)),
        );

        for (const { digest: on } of evaluateRetention(input).filter(isDeleted)) {
          expect(needed.has(on)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('deletes by the digest only what shares it with no tag that stays', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const staying = new Set(stayingOf(input).map(({ digest: on }) => on));
        const byDigest = evaluateRetention(input).filter(({ form }) => form === 'digest');

        expect(byDigest.filter(({ digest: on }) => staying.has(on))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('deletes nothing whose age is not known for sure', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const deleted = new Set(deletedOf(input));
        const uncertain = input.inventory.tags.filter(
          ({ lastMoved, firstObserved }) => lastMoved === null || firstObserved,
        );

        expect(uncertain.filter(({ tag }) => deleted.has(tag))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('decides the same for any order of tags, releases, rules and conditions', () => {
    const twoOrders = retentionInput.chain((input) =>
      fc.record({
        input: fc.constant(input),
        tags: shuffled(input.inventory.tags),
        mixedReleases: shuffled(input.releases),
        mixedRules: shuffled(
          input.policy.rules.map((one) => ({ ...one, conditions: one.conditions.toReversed() })),
        ),
      }),
    );

    fc.assert(
      fc.property(twoOrders, ({ input, tags, mixedReleases, mixedRules }) => {
        const mixed = {
          ...input,
          releases: mixedReleases,
          policy: policyOf(...mixedRules),
          inventory: { ...input.inventory, tags },
        };

        expect(verdictsOf(mixed)).toEqual(verdictsOf(input));
      }),
      RUNS,
    );
  });

  it('deletes nothing more when it is asked again after the deletion', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const deleted = new Set(deletedOf(input));

        const again = {
          ...input,
          inventory: { ...input.inventory, tags: stayingOf(input) },
          releases: input.releases.map((one) => ({
            ...one,
            missing: one.missing || deleted.has(one.tag),
          })),
        };

        expect(deletedOf(again)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('deletes no more when a rule of any gets another condition', () => {
    fc.assert(
      fc.property(retentionInput, condition, (input, more) => {
        const [first, ...others] = input.policy.rules;
        if (first === undefined) return;
        const any: RetentionRule = { ...first, combine: 'any' };
        const wider: RetentionRule = { ...any, conditions: [...any.conditions, more] };

        const before = deletedOf({ ...input, policy: policyOf(any, ...others) });
        const after = deletedOf({ ...input, policy: policyOf(wider, ...others) });

        expect(before).toEqual(expect.arrayContaining([...after]));
      }),
      RUNS,
    );
  });

  it('deletes no less when a rule of all loses a condition it had', () => {
    fc.assert(
      fc.property(retentionInput, condition, (input, more) => {
        const [first] = input.policy.rules;
        if (first === undefined) return;
        const all: RetentionRule = { ...first, combine: 'all' };
        const stricter: RetentionRule = { ...all, conditions: [...all.conditions, more] };

        const before = deletedOf({ ...input, policy: policyOf(all) });
        const after = deletedOf({ ...input, policy: policyOf(stricter) });

        expect(after).toEqual(expect.arrayContaining([...before]));
      }),
      RUNS,
    );
  });

  it('finds unreachable exactly what no tag that stays reaches', () => {
    fc.assert(
      fc.property(retentionInput, (input) => {
        const { tags, children: listed } = input.inventory;
        const reachedBy = (some: RetentionInventory['tags']): readonly Digest[] =>
          some.flatMap(({ digest: on }) => [on, ...below(on, listed)]);
        const staying = reachedBy(stayingOf(input));

        const unreachable = findUnreachable(input.inventory, evaluateRetention(input));

        expect(unreachable.filter((one) => staying.includes(one))).toEqual([]);
        expect([...unreachable].sort()).toEqual(
          [...new Set(reachedBy(tags).filter((one) => !staying.includes(one)))].sort(),
        );
      }),
      RUNS,
    );
  });
});
