import fc from 'fast-check';
import { membershipsOf } from '../../src/core/memberships';
import { movingTagsOf } from '../../src/core/moving-tags';
import type { Digest } from '../../src/core/names';
import { resolveOwners } from '../../src/core/owners';
import { planMoves, type PlanInput } from '../../src/core/plan';
import { compareReleases, isPrerelease, type Release } from '../../src/core/release';
import { resolveTags } from '../../src/core/resolve';
import { LEVELS_OF_SCHEME, type RepositoryRules } from '../../src/core/rules';
import { compareVersions, parseVersionTag, versionKey } from '../../src/core/version';
import {
  anyRules,
  isAscending,
  plainRules,
  planInputOf,
  prefix,
  releasesUnder,
  releaseUnder,
  repository,
  seedLaws,
  shuffled,
  shuffledWithDuplicates,
  versionTag,
  versionTagUnder,
} from './arbitraries';
import { digestOf, isMove, NOW, releaseOf, SimulatedRepository, versionOf } from './builders';

const RUNS = { numRuns: 1_000 };
/** For what says the same in other words. */
const FEWER_RUNS = { numRuns: 300 };
seedLaws();

const plainReleases = fc
  .uniqueArray(versionTag, { maxLength: 14 })
  .map((tags) => tags.map((tag) => releaseOf(tag)));
const planInput = planInputOf((rules, releases) =>
  releases.flatMap((release) => movingTagsOf(release, rules)),
);

/** What a set of releases comes to, as text. */
function summaryOf(releases: readonly Release[], rules: RepositoryRules): readonly string[] {
  const { lines, conflicting, colliding } = resolveOwners(releases, rules, NOW);
  const rows = [...lines.values()].map(
    ({ tag, owner, highest, barred, removed }) =>
      `${tag}: ${owner?.tag ?? barred?.code ?? 'none'} of ${highest.tag} ${String(removed)}`,
  );
  const conflicts = Array.from(conflicting, (tag) => `conflict: ${tag}`);
  const collisions = Array.from(colliding, (tag) => `collision: ${tag}`);
  return [...rows, ...conflicts, ...collisions].sort();
}

describe('law 1, order', () => {
  it('gives the same owners for any order and any duplication of the releases', () => {
    const twoOrders = repository.chain(({ rules, releases }) =>
      fc.tuple(fc.constant(rules), fc.constant(releases), shuffledWithDuplicates(releases)),
    );

    fc.assert(
      fc.property(twoOrders, ([rules, releases, mixed]) => {
        expect(summaryOf(mixed, rules)).toEqual(summaryOf(releases, rules));
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
      FEWER_RUNS,
    );
  });

  it('resolves the same for any order of a listing', () => {
    const twoOrders = repository.chain(({ rules, releases }) =>
      fc.tuple(fc.constant(rules), fc.constant(releases), shuffled(releases)),
    );
    const resolve = (releases: readonly Release[], rules: RepositoryRules): object => {
      const { moving, skipped } = resolveTags({ tags: releases, holds: [], rules, now: NOW });
      return { moving, skipped: skipped.map(({ tag, reason }) => `${tag} ${reason.code}`).sort() };
    };

    fc.assert(
      fc.property(twoOrders, ([rules, releases, mixed]) => {
        expect(resolve(mixed, rules)).toEqual(resolve(releases, rules));
      }),
      RUNS,
    );
  });

  it('ends with the same owners for any order of arrival', () => {
    const arrivals = anyRules.chain((rules) =>
      fc
        .uniqueArray(versionTagUnder(rules), { minLength: 1, maxLength: 8 })
        .filter((tags) => !hasMovingName(tags, rules))
        .chain((tags) => fc.tuple(fc.constant(rules), fc.constant(tags), shuffled(tags))),
    );
    const ownersAfter = (tags: readonly string[], rules: RepositoryRules): readonly string[] => {
      const simulated = new SimulatedRepository(rules);
      simulated.release(...tags);
      const known = simulated.releases.filter(({ tag }) => tags.includes(tag));
      return summaryOf(known, rules);
    };

    fc.assert(
      fc.property(arrivals, ([rules, tags, otherOrder]) => {
        expect(ownersAfter(otherOrder, rules)).toEqual(ownersAfter(tags, rules));
      }),
      FEWER_RUNS,
    );
  });

  it('ends with the same tags for any order of arrival, where releases alone decide', () => {
    const arrivals = fc
      .uniqueArray(versionTag, { minLength: 1, maxLength: 10 })
      .chain((tags) => fc.tuple(fc.constant(tags), shuffled(tags)));

    fc.assert(
      fc.property(arrivals, plainRules, ([tags, otherOrder], rules) => {
        const names = tags.flatMap((tag) => movingTagsOf(releaseOf(tag), rules));
        const [one, other, atOnce] = [tags, otherOrder, []].map((order) => {
          const simulated = new SimulatedRepository(rules);
          for (const tag of order) {
            simulated.push(tag, digestOfVersion(tag));
            simulated.reconcile();
          }
          for (const tag of tags) simulated.push(tag, digestOfVersion(tag));
          simulated.reconcile();
          return names.map((name) => simulated.digestAt(name));
        });

        expect(other).toEqual(one);
        expect(atOnce).toEqual(one);
      }),
      FEWER_RUNS,
    );
  });
});

/** Whether a release has the name of another's moving tag: then the last push has it (rule K2). */
function hasMovingName(tags: readonly string[], rules: RepositoryRules): boolean {
  const moving = tags.flatMap((tag) => movingTagsOf(releaseOf(tag, { rules }), rules));
  return moving.some((name) => tags.includes(name));
}

/** Two spellings of one version are one image, and some versions share one. */
function digestOfVersion(tag: string): Digest {
  const { text, patch } = versionOf(tag);
  return digestOf(patch % 4 > 0 ? text : `shared by ${patch}`);
}

describe('law 2, rest', () => {
  it('a plan applied leaves nothing to move', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        const first = planMoves(input);
        const applied = new Map(input.states);
        for (const { tag, to } of first.filter(isMove)) {
          applied.set(tag, { recorded: to, found: to?.digest ?? null });
        }

        const second = planMoves({ ...input, states: applied });
        const later = planMoves({ ...input, cause: 'released', states: applied });

        expect(second.filter(isMove)).toEqual([]);
        expect(later.filter(isMove)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('what a listing resolves to, put in place, agrees', () => {
    fc.assert(
      fc.property(repository, ({ rules, releases }) => {
        const resolve = (tags: readonly Release[]): ReturnType<typeof resolveTags> =>
          resolveTags({ tags, holds: [], rules, now: NOW });
        const first = resolve(releases).moving;
        const names = new Set<string>(releases.map(({ tag }) => tag));
        const placed = first.flatMap(({ tag, digest }) =>
          digest === null || names.has(tag) ? [] : [{ tag, digest } as Release],
        );

        const { moving } = resolve([...releases, ...placed]);

        expect(moving.filter(({ agrees, tag }) => agrees !== true && !names.has(tag))).toEqual([]);
        expect(moving.map(({ tag, release }) => `${tag} ${release ?? ''}`)).toEqual(
          first.map(({ tag, release }) => `${tag} ${release ?? ''}`),
        );
      }),
      FEWER_RUNS,
    );
  });
});

describe('law 3, monotony', () => {
  const KINDS = [
    'push',
    'push',
    'push',
    'push',
    'remove',
    'announce',
    'take back',
    'wait',
  ] as const;
  /** Events about a few tags, so that many tags see more than one. */
  const history = anyRules.chain((rules) =>
    fc.uniqueArray(versionTagUnder(rules), { minLength: 2, maxLength: 7 }).chain((tags) =>
      fc.record({
        rules: fc.constant(rules),
        events: fc.array(
          fc.record({ kind: fc.constantFrom(...KINDS), tag: fc.constantFrom(...tags) }),
          { minLength: 5, maxLength: 16 },
        ),
      }),
    ),
  );

  it('no tag goes to a lower version, whatever arrives, vanishes or is announced', () => {
    fc.assert(
      fc.property(history, ({ rules, events }) => {
        const simulated = new SimulatedRepository(rules);
        const standing = new Map<string, string>();

        for (const { kind, tag } of events) {
          if (kind === 'push') simulated.push(tag);
          else if (kind === 'remove') simulated.remove(tag);
          else if (kind === 'wait') simulated.now += 7 * 86_400_000;
          else simulated.announce(tag, kind === 'announce');
          for (const { tag: moved, to } of simulated.reconcile().filter(isMove)) {
            const [before, after] = [standing.get(moved), to?.release ?? undefined];
            if (after === undefined) {
              standing.delete(moved);
              continue;
            }
            expect(before === undefined ? 1 : compareTags(after, before, rules)).toBeGreaterThan(
              -1,
            );
            standing.set(moved, after);
          }
        }
      }),
      RUNS,
    );
  });

  function compareTags(left: string, right: string, rules: RepositoryRules): number {
    return Math.sign(compareVersions(versionOf(left, rules), versionOf(right, rules)));
  }
});

describe('law 4, membership', () => {
  it('a tag moves only to an eligible release of its line', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        const { conflicting } = resolveOwners(input.releases, input.rules, NOW);

        for (const { tag, to } of planMoves(input).filter(isMove)) {
          if (to === null) continue;
          const owner = input.releases.find((one) => one.tag === to.release);
          expect(owner).toMatchObject({ digest: to.digest, missing: false, withdrawn: undefined });
          expect(owner && movingTagsOf(owner, input.rules)).toContain(tag);
          expect([...conflicting]).not.toContain(to.release);
        }
      }),
      RUNS,
    );
  });

  it('a stable release owns every tag but those of pre-release channels and a first latest', () => {
    fc.assert(
      fc.property(repository, ({ rules, releases }) => {
        const plain = { ...rules, channels: {}, bootstrapLatest: false };
        const { lines } = resolveOwners(releases, plain, NOW);

        const owners = [...lines.values()].flatMap(({ owner }) => owner ?? []);

        expect(owners.filter(isPrerelease)).toEqual([]);
      }),
      FEWER_RUNS,
    );
  });

  it('the owner is the highest of the members that can be pointed at', () => {
    fc.assert(
      fc.property(repository, ({ rules, releases }) => {
        const own = simplified(rules);
        const { lines, conflicting, colliding, releases: all } = resolveOwners(releases, own, NOW);

        for (const { tag, owner } of lines.values()) {
          const eligible = all.filter(
            (one) =>
              !isPrerelease(one) &&
              !one.missing &&
              one.withdrawn === undefined &&
              !conflicting.has(one.tag) &&
              movingTagsOf(one, own).includes(tag),
          );
          const expected = colliding.has(tag) ? undefined : eligible.sort(compareReleases).at(-1);
          expect(owner?.tag).toBe(expected?.tag);
        }
      }),
      RUNS,
    );
  });

  /** Rules without anything that takes a line from its highest member. */
  function simplified(rules: RepositoryRules): RepositoryRules {
    const variants = { ...rules.variants, scope: 'own', requireAll: false } as const;
    return { ...rules, variants, channels: {}, bootstrapLatest: false, requirePlatforms: [] };
  }

  it('a held tag moves nowhere, and one that somebody else moved neither', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        for (const { tag } of planMoves(input).filter(isMove)) {
          const { recorded, found } = input.states.get(tag) ?? { recorded: null, found: null };
          const expiresAt = input.holds.get(tag)?.expiresAt;
          expect(recorded === null || recorded.digest === found).toBe(true);
          expect(expiresAt === undefined || (expiresAt !== null && expiresAt <= NOW)).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

describe('law 5, nesting', () => {
  const nested = anyRules
    .map((rules): RepositoryRules => ({
      ...rules,
      levels: LEVELS_OF_SCHEME[rules.scheme],
      zeroMajor: true,
      bootstrapLatest: false,
      variants: { ...rules.variants, scope: 'own' },
      parse: { ...rules.parse, shortRelease: 'reject' },
    }))
    .filter(({ scheme }) => scheme !== 'calver')
    .chain((rules) => fc.record({ rules: fc.constant(rules), releases: releasesUnder(rules) }));

  it('the owner of a level owns a tag of the level below it', () => {
    fc.assert(
      fc.property(nested, ({ rules, releases }) => {
        const { lines } = resolveOwners(releases, rules, NOW);
        const levels = LEVELS_OF_SCHEME[rules.scheme];

        for (const { tag, owner } of lines.values()) {
          if (owner === undefined || isPrerelease(owner)) continue;
          const stable = membershipsOf(rules)
            .ofStable(owner.version)
            .filter(({ channel }) => channel === undefined);
          const here = stable.find(({ names }) => names.includes(tag));
          const below = levels[levels.findIndex((level) => level === here?.level) - 1];
          if (here === undefined || below === undefined) continue;
          const inside = stable.filter(
            ({ level, variant }) => level === below && variant === here.variant,
          );
          expect(inside).toHaveLength(1);
          expect(
            inside.flatMap(({ names }) => names).map((name) => lines.get(name)?.owner?.tag),
          ).toContain(owner.tag);
        }
      }),
      RUNS,
    );
  });
});

describe('law 6, inverse', () => {
  /** Nothing that remembers: retired tags that are kept, a first latest, tags outside the head. */
  const forgetful = anyRules.map((rules): RepositoryRules => ({
    ...rules,
    bootstrapLatest: false,
    variants: { ...rules.variants, scope: 'own' },
    parse: { ...rules.parse, shortRelease: 'reject' },
    channels: Object.fromEntries(
      Object.entries(rules.channels).map(([name, channel]) => [
        name,
        { ...channel, retired: 'delete' as const },
      ]),
    ),
  }));
  const scene = forgetful.chain((rules) =>
    fc.record({
      rules: fc.constant(rules),
      tags: fc.uniqueArray(versionTagUnder(rules), {
        // Two spellings of one version would be in conflict again after the restoration.
        selector: (tag) => versionKey(versionOf(tag, rules)),
        minLength: 1,
        maxLength: 8,
      }),
      chosen: fc.nat({ max: 7 }),
      waits: fc.boolean(),
    }),
  );

  function settled(
    rules: RepositoryRules,
    tags: readonly string[],
    waits: boolean,
  ): SimulatedRepository {
    const simulated = new SimulatedRepository(rules);
    for (const tag of tags) simulated.push(tag);
    simulated.reconcile();
    if (waits) simulated.now += 20 * 86_400_000;
    simulated.reconcile();
    return simulated;
  }

  it('a withdrawal and its restoration leave every tag where it was', () => {
    fc.assert(
      fc.property(scene, ({ rules, tags, chosen, waits }) => {
        const simulated = settled(rules, tags, waits);
        const before = simulated.placement();
        const tag = tags[chosen % tags.length] ?? '';

        simulated.withdraw(tag);
        simulated.reconcile('withdrawn');
        simulated.restore(tag);
        simulated.reconcile('restored');

        expect(simulated.placement()).toEqual(before);
      }),
      RUNS,
    );
  });

  it('a hold and its release move nothing where nothing came in between', () => {
    fc.assert(
      fc.property(scene, ({ rules, tags, chosen, waits }) => {
        const simulated = settled(rules, tags, waits);
        const names = Object.keys(simulated.placement());
        const tag = names[chosen % names.length] ?? 'latest';

        simulated.hold(tag);
        const held = simulated.reconcile();
        simulated.endHold(tag);
        const released = simulated.reconcile('hold-released');

        expect([...held, ...released].filter(isMove)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('a held tag ends where it would be without the hold', () => {
    fc.assert(
      fc.property(scene, fc.nat({ max: 7 }), ({ rules, tags, chosen }, first) => {
        const count = first % tags.length;
        const free = settled(rules, tags.slice(0, count), false);
        const held = settled(rules, tags.slice(0, count), false);
        const names = Object.keys(held.placement());
        const tag = names[chosen % names.length] ?? 'latest';
        held.hold(tag);

        for (const simulated of [free, held]) simulated.release(...tags.slice(count));
        held.endHold(tag);
        held.reconcile('hold-released');

        expect(held.placement()).toEqual(free.placement());
      }),
      RUNS,
    );
  });
});

describe('law 7, from the rules', () => {
  it('a release of one variant changes no tag of another', () => {
    const withOneMore = anyRules
      .map((rules): RepositoryRules => ({
        ...rules,
        variants: { ...rules.variants, scope: 'own', requireAll: false },
      }))
      .chain((rules) =>
        fc.record({
          rules: fc.constant(rules),
          releases: releasesUnder(rules),
          more: releaseUnder(rules),
        }),
      );

    fc.assert(
      fc.property(withOneMore, ({ rules, releases, more }) => {
        fc.pre(releases.every(({ tag }) => tag !== more.tag));
        const before = resolveOwners(releases, rules, NOW).lines;
        const after = resolveOwners([...releases, more], rules, NOW).lines;

        for (const { tag, owner } of before.values()) {
          if (owner === undefined || owner.version.variant === more.version.variant) continue;
          expect(`${tag} ${after.get(tag)?.owner?.tag ?? 'none'}`).toBe(`${tag} ${owner.tag}`);
        }
      }),
      RUNS,
    );
  });

  it('the name of a tag is cut from the text of its owner, with variant and channel', () => {
    fc.assert(
      fc.property(repository, ({ rules, releases }) => {
        for (const { tag, owner } of resolveOwners(releases, rules, NOW).lines.values()) {
          if (owner === undefined) continue;
          expect(namesCutFrom(owner, rules)).toContain(tag);
        }
      }),
      RUNS,
    );
  });

  /** Every name that prefixes of the numbers, the variant and the channels can give. */
  function namesCutFrom({ version }: Release, { variants, channels }: RepositoryRules): string[] {
    const { numbers, variant, prefixed } = version;
    const starts = numbers.flatMap((_, index) => {
      const cut = numbers.slice(0, index + 1).join('.');
      return prefixed ? [cut, `v${cut}`] : [cut];
    });
    const followers = Object.entries(variants.defaults)
      .filter(([, followed]) => followed === variant)
      .map(([name]) => (name === 'bare' ? '' : name));
    const codeNames = Object.values(channels).flatMap(({ names = {} }) => Object.values(names));
    return ['', 'latest', ...starts].flatMap((start) =>
      ['', ...Object.keys(channels), ...codeNames].flatMap((label) =>
        [variant, ...followers].flatMap((name) => [
          [start, label, name].filter((part) => part !== '').join('-'),
          [start, name, label].filter((part) => part !== '').join('-'),
        ]),
      ),
    );
  }

  it('comparison is a total order on versions of any rules', () => {
    const three = anyRules.chain((rules) =>
      fc
        .array(versionTagUnder(rules), { minLength: 3, maxLength: 3 })
        .map((tags) => tags.map((tag) => versionOf(tag, rules))),
    );

    fc.assert(
      fc.property(three, (versions) => {
        for (const left of versions) {
          for (const right of versions) {
            const order = Math.sign(compareVersions(left, right));
            expect(order + Math.sign(compareVersions(right, left))).toBe(0);
            const isOneVersion =
              versionKey({ ...left, variant: '' }) === versionKey({ ...right, variant: '' });
            expect(order === 0).toBe(isOneVersion);
          }
        }
        expect(isAscending([...versions].sort(compareVersions), compareVersions)).toBe(true);
      }),
      RUNS,
    );
  });

  it('comparison of releases of one variant knows no two equal tags', () => {
    fc.assert(
      fc.property(plainReleases, (releases) => {
        const sorted = [...releases].sort(compareReleases);

        expect(isAscending(sorted, compareReleases)).toBe(true);
        expect(
          sorted
            .slice(1)
            .filter((right, index) => compareReleases(sorted[index] ?? right, right) >= 0),
        ).toEqual([]);
      }),
      FEWER_RUNS,
    );
  });
});

describe(parseVersionTag.name, () => {
  const nearlyVersion = fc
    .array(
      fc.constantFrom(
        ...['0', '1', '12', '007', '.', '-', '_', '+', 'v', 'V', ' ', '\n', '9007199254740992'],
        ...['rc', 'alpha', 'alpine', '-63-gc1cfb6864', 'x', 'r1', 'slim'],
      ),
      { maxLength: 10 },
    )
    .map((parts) => parts.join(''));
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), nearlyVersion, versionTag);

  it('never throws, and reads a version only from its whole text', () => {
    fc.assert(
      fc.property(text, anyRules, (raw, rules) => {
        const parsed = parseVersionTag(raw, rules);

        if (parsed.kind === 'skipped') return;
        const { numbers, prefixed, text: kept } = parsed.version;
        const start = `${prefixed ? 'v' : ''}${numbers.join('.')}`;
        expect(raw).toBe(`${prefixed ? 'v' : ''}${kept}`);
        expect(raw.startsWith(start)).toBe(true);
        expect(raw.slice(start.length)).toMatch(/^(?:$|[-_a-z])/i);
      }),
      RUNS,
    );
  });

  it('takes nothing with a pre-release word in it for a stable release', () => {
    const endings = fc.constantFrom(
      ...['-rc1', '-rc.1', '-alpine-rc1', '-rc1-alpine', 'rc1', '-beta', '-slim-dev.3', '-m14'],
    );

    fc.assert(
      fc.property(fc.tuple(prefix, versionTag, endings), anyRules, ([, tag, ending], rules) => {
        const parsed = parseVersionTag(`${tag}${ending}`, rules);

        expect(parsed.kind === 'skipped' || parsed.version.prerelease.length > 0).toBe(true);
      }),
      RUNS,
    );
  });

  it('reads every three numbers', () => {
    const part = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const parts = fc
      .tuple(part, part, part)
      .filter(([major]) => !/^(?:19|20)\d{6}$/.test(`${major}`));

    fc.assert(
      fc.property(parts, ([major, minor, patch]) => {
        expect(versionOf(`${major}.${minor}.${patch}`)).toMatchObject({ major, minor, patch });
      }),
      FEWER_RUNS,
    );
  });
});

describe(compareVersions.name, () => {
  it('compares releases by their numbers, part by part', () => {
    const part = fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 9_999_999 }));
    const parts = fc.tuple(part, part, part);

    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const first = left.findIndex((value, index) => value !== right[index]);
        const expected = first === -1 ? 0 : Math.sign((left[first] ?? 0) - (right[first] ?? 0));

        const order = compareVersions(versionOf(left.join('.')), versionOf(right.join('.')));

        expect(Math.sign(order)).toBe(expected);
      }),
      FEWER_RUNS,
    );
  });
});

describe(resolveOwners.name, () => {
  it('finds a conflict exactly where one version has two digests', () => {
    fc.assert(
      fc.property(repository, ({ rules, releases }) => {
        const { conflicting, releases: all } = resolveOwners(releases, rules, NOW);
        const counts = all.filter(({ missing, withdrawn }) => !missing && withdrawn === undefined);

        const disputed = counts.filter((one) =>
          counts.some(
            (other) =>
              versionKey(one.version) === versionKey(other.version) && one.digest !== other.digest,
          ),
        );

        expect([...conflicting].sort()).toEqual(disputed.map(({ tag }) => tag).sort());
      }),
      FEWER_RUNS,
    );
  });
});

describe(planMoves.name, () => {
  it('keeps what it does not move, and gives every decision a reason', () => {
    fc.assert(
      fc.property(planInput, (input) => {
        for (const { tag, action, reason, from, to } of planMoves(input)) {
          expect(from?.digest ?? null).toBe(input.states.get(tag)?.found ?? null);
          expect(reason.text).toMatch(
            action === 'keep' ? /^kept: / : /^(?:moved|created|removed): /,
          );
          const isSame = (from?.digest ?? null) === (to?.digest ?? null);
          expect(isSame).toBe(action === 'keep');
        }
      }),
      FEWER_RUNS,
    );
  });

  it('decides each tag on its own', () => {
    const asking = planInput.chain((input: PlanInput) =>
      fc.tuple(
        fc.constant(input),
        fc.subarray(input.releases.flatMap((one) => movingTagsOf(one, input.rules))),
      ),
    );

    fc.assert(
      fc.property(asking, ([input, tags]) => {
        const asked = new Set(tags);

        const some = planMoves({ ...input, tags: asked });

        expect(some).toEqual(planMoves(input).filter(({ tag }) => asked.has(tag)));
      }),
      FEWER_RUNS,
    );
  });
});
