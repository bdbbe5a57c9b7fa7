import { compareSpecificity, globsOverlap, matchesGlob } from '../../src/core/glob';

describe(matchesGlob.name, () => {
  it.each`
    pattern               | text
    ${'local/gallery/ui'} | ${'local/gallery/ui'}
    ${'local/*'}          | ${'local/ui'}
    ${'*/ui'}             | ${'local/ui'}
    ${'*'}                | ${'ui'}
    ${'local/ui-*'}       | ${'local/ui-kit'}
    ${'local/ui-*'}       | ${'local/ui-'}
    ${'local/*-ui'}       | ${'local/big-ui'}
    ${'local/a*b*c'}      | ${'local/a1b2c'}
    ${'local/a*b*c'}      | ${'local/abbbcc'}
    ${'local/*/ui'}       | ${'local/gallery/ui'}
    ${'local/**'}         | ${'local'}
    ${'local/**'}         | ${'local/ui'}
    ${'local/**'}         | ${'local/gallery/ui/kit'}
    ${'**/ui'}            | ${'ui'}
    ${'**/ui'}            | ${'local/gallery/ui'}
    ${'**'}               | ${'local/gallery/ui'}
    ${'local/**/ui'}      | ${'local/ui'}
    ${'local/**/ui'}      | ${'local/a/b/ui'}
    ${'local/**/ui'}      | ${'local/ui/ui'}
    ${'**/a/**/b'}        | ${'a/b'}
    ${'**/a/**/b'}        | ${'x/a/y/z/b'}
    ${'local/**/*'}       | ${'local/ui'}
    ${'**/**'}            | ${'ui'}
    ${'a.b+c'}            | ${'a.b+c'}
  `('finds $text in $pattern', ({ pattern, text }: { pattern: string; text: string }) => {
    expect(matchesGlob(pattern, text)).toBe(true);
  });

  it.each`
    pattern               | text
    ${'local/gallery/ui'} | ${'local/gallery/ui2'}
    ${'local/gallery/ui'} | ${'xlocal/gallery/ui'}
    ${'gallery/ui'}       | ${'local/gallery/ui'}
    ${'local/gallery'}    | ${'local/gallery/ui'}
    ${'local/*'}          | ${'local'}
    ${'local/*'}          | ${'local/gallery/ui'}
    ${'*'}                | ${'local/ui'}
    ${'*/ui'}             | ${'ui'}
    ${'local/ui-*'}       | ${'local/ui'}
    ${'local/ui-*'}       | ${'local/ui-kit/x'}
    ${'local/a*b*c'}      | ${'local/acb'}
    ${'local/*/ui'}       | ${'local/ui'}
    ${'local/*/ui'}       | ${'local/a/b/ui'}
    ${'local/**'}         | ${'other/ui'}
    ${'local/**'}         | ${'localhost/ui'}
    ${'**/ui'}            | ${'local/ui/kit'}
    ${'local/**/ui'}      | ${'local/uix'}
    ${'local/**/*'}       | ${'local'}
    ${'a.b'}              | ${'axb'}
    ${'Local/ui'}         | ${'local/ui'}
    ${'local/u?'}         | ${'local/ui'}
    ${'local/[u]i'}       | ${'local/ui'}
  `('does not find $text in $pattern', ({ pattern, text }: { pattern: string; text: string }) => {
    expect(matchesGlob(pattern, text)).toBe(false);
  });

  it('takes wildcards in the text for plain characters', () => {
    expect(matchesGlob('local/ui', 'local/*')).toBe(false);
    expect(matchesGlob('local/gallery/ui', '**')).toBe(false);
    expect(matchesGlob('*', '**')).toBe(true);
  });

  it.each([
    ['stars in a segment', `${'a*'.repeat(300)}b`, 'a'.repeat(600)],
    ['deep wildcards', `${'**/a/'.repeat(150)}b`, 'a/'.repeat(300).slice(0, -1)],
    ['both', `${'**/a*a*/'.repeat(60)}b`, 'aaa/'.repeat(120).slice(0, -1)],
  ])('comes back from a hostile pattern of %s', (_what, pattern, text) => {
    expect(matchesGlob(pattern, text)).toBe(false);
    expect(globsOverlap(pattern, `${pattern}c`)).toBe(false);
  });
});

describe(globsOverlap.name, () => {
  it.each`
    left             | right                | overlap
    ${'local/ui'}    | ${'local/ui'}        | ${true}
    ${'local/ui'}    | ${'local/api'}       | ${false}
    ${'local/*'}     | ${'local/ui'}        | ${true}
    ${'local/*'}     | ${'*/ui'}            | ${true}
    ${'local/*'}     | ${'local/a/b'}       | ${false}
    ${'local/*/ui'}  | ${'local/gallery/*'} | ${true}
    ${'local/a/*'}   | ${'local/b/*'}       | ${false}
    ${'local/a*'}    | ${'local/*b'}        | ${true}
    ${'local/a*'}    | ${'local/b*'}        | ${false}
    ${'local/a*c'}   | ${'local/ab*'}       | ${true}
    ${'local/*a'}    | ${'local/*b'}        | ${false}
    ${'local/**'}    | ${'**/ui'}           | ${true}
    ${'local/**'}    | ${'other/**'}        | ${false}
    ${'**/a'}        | ${'**/b'}            | ${false}
    ${'**'}          | ${'a/b/c'}           | ${true}
    ${'local/**/ui'} | ${'local/*'}         | ${true}
    ${'local/**/ui'} | ${'local/*/*/kit'}   | ${false}
    ${'a/**'}        | ${'**/b/**'}         | ${true}
    ${'*'}           | ${'*/*'}             | ${false}
    ${'**'}          | ${'**'}              | ${true}
  `(
    'is $overlap for $left and $right, either way round',
    ({ left, right, overlap }: { left: string; right: string; overlap: boolean }) => {
      expect(globsOverlap(left, right)).toBe(overlap);
      expect(globsOverlap(right, left)).toBe(overlap);
    },
  );
});

describe(compareSpecificity.name, () => {
  it.each`
    more                  | less
    ${'local/gallery/ui'} | ${'local/gallery/*'}
    ${'local/gallery/ui'} | ${'local/gallery/ui-*'}
    ${'local/gallery/*'}  | ${'local/*/*'}
    ${'local/gallery/*'}  | ${'local/**'}
    ${'local/*/*'}        | ${'local/**'}
    ${'local/**'}         | ${'**'}
    ${'local/**'}         | ${'**/**'}
    ${'local/gallery/**'} | ${'local/**'}
    ${'local/**'}         | ${'local/**/*'}
    ${'local/gallery/*'}  | ${'local/*'}
    ${'local/ui-*'}       | ${'local/*'}
    ${'local/ui-*'}       | ${'local/u*'}
    ${'local/u*i'}        | ${'local/u*'}
    ${'*/*/*'}            | ${'**/ui'}
  `(
    'puts $more before $less, either way round',
    ({ more, less }: { more: string; less: string }) => {
      expect(compareSpecificity(more, less)).toBeLessThan(0);
      expect(compareSpecificity(less, more)).toBeGreaterThan(0);
    },
  );

  it.each`
    left            | right
    ${'local/ui'}   | ${'local/ui'}
    ${'local/*/ui'} | ${'local/gallery/*'}
    ${'local/a*'}   | ${'local/*a'}
    ${'local/**'}   | ${'**/ui'}
    ${'local/abc'}  | ${'local/a'}
  `('prefers neither of $left and $right', ({ left, right }: { left: string; right: string }) => {
    expect(compareSpecificity(left, right)).toBe(0);
    expect(compareSpecificity(right, left)).toBe(0);
  });

  it('sorts from the most to the least specific', () => {
    const patterns = [
      'local/gallery/ui',
      'local/gallery/ui-*',
      'local/gallery/*',
      'local/**',
      '**',
    ];

    expect(patterns.toReversed().sort(compareSpecificity)).toEqual(patterns);
  });
});
