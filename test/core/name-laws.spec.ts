import fc from 'fast-check';
import { compareSpecificity, globsOverlap, matchesGlob } from '../../src/core/glob';
import { compareLanes } from '../../src/core/lanes';
import { parseRepositoryName, repositoryOfSlug, slugOf } from '../../src/core/names';
import { isAscending, movingTag, prefix, seedLaws } from './arbitraries';

const RUNS = { numRuns: 300 };
seedLaws();

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
