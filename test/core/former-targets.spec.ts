import { formerTargetsOf } from '../../src/core/former-targets';
import { digestOf, tagOf } from './builders';

/** `E H I` by tag, oldest first; `-` where the tag was deleted. */
function formerOf(
  moves: readonly (readonly [tag: string, to: string])[],
  current: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly string[]>> {
  const labels = new Map('ABCDEFGHI'.split('').map((label) => [digestOf(label), label]));
  const found = formerTargetsOf(
    moves.map(([tag, to]) => ({ tag: tagOf(tag), to: to === '-' ? null : digestOf(to) })),
    new Map(Object.entries(current).map(([tag, on]) => [tagOf(tag), digestOf(on)])),
  );
  return Object.fromEntries(
    Array.from(found, ([tag, digests]) => [tag, digests.map((one) => labels.get(one) ?? '')]),
  );
}

function movesOf(tag: string, path: string): readonly (readonly [string, string])[] {
  return path.split(' ').map((to) => [tag, to]);
}

describe(formerTargetsOf.name, () => {
  it.each`
    path         | on     | former
    ${'I'}       | ${'I'} | ${undefined}
    ${'E H I'}   | ${'I'} | ${['H', 'E']}
    ${'E H E I'} | ${'I'} | ${['E', 'H']}
    ${'E I H I'} | ${'I'} | ${['H', 'E']}
    ${'E - H'}   | ${'H'} | ${['E']}
    ${'E H'}     | ${'I'} | ${['H', 'E']}
  `('is $former for a tag on $on that moved $path', (row: Record<string, string>) => {
    expect(formerOf(movesOf('2.0', row['path'] ?? ''), { '2.0': row['on'] ?? '' })['2.0']).toEqual(
      row['former'],
    );
  });

  it('has the last target of a tag that is gone', () => {
    expect(formerOf(movesOf('2.0', 'E H -'), {})).toEqual({ '2.0': ['H', 'E'] });
  });

  it('keeps tags apart, however their moves are mixed', () => {
    const [first, second] = [movesOf('2', 'E H I'), movesOf('1', 'C D E')];
    const expected = { 2: ['H', 'E'], 1: ['D', 'C'] };
    const current = { 2: 'I', 1: 'E' };

    expect(formerOf([...first, ...second], current)).toEqual(expected);
    expect(formerOf([...second, ...first], current)).toEqual(expected);
    expect(
      formerOf(
        first.flatMap((move, at) => [move, second[at] ?? move]),
        current,
      ),
    ).toEqual(expected);
  });

  it('is nothing without moves', () => {
    expect(formerOf([], { '2.0': 'I' })).toEqual({});
  });
});
