import { compareLanes } from '../../src/core/lanes';

describe(compareLanes.name, () => {
  it.each`
    what                                           | ordered
    ${'latest before every number'}                | ${['latest', '3', '2', '0']}
    ${'a major before its minors, all descending'} | ${['latest', '3', '3.0', '2', '2.10', '2.9', '2.1', '1', '1.0']}
    ${'numbers as numbers'}                        | ${['10', '9', '9.10', '9.9']}
    ${'the lines of 0 last'}                       | ${['1', '1.0', '0', '0.3', '0.0']}
    ${'bare before v, each with its minors'}       | ${['latest', '2', '2.2', '2.1', 'v2', 'v2.2', 'v2.1', '1', 'v1']}
    ${'minors without their major'}                | ${['latest', '3.1', '3.0', '2.1']}
    ${'any other name after them, by text'}        | ${['2', '2.1', '2.1-alpine', 'Latest', 'alpine', 'edge', 'v2.1.1', 'vlatest']}
  `('puts $what', ({ ordered }: { ordered: string[] }) => {
    const mixed = [...ordered.toReversed(), ...ordered];

    const sorted = mixed.sort(compareLanes);

    expect(sorted).toEqual(ordered.flatMap((tag) => [tag, tag]));
  });

  it('is zero for one name only', () => {
    expect(compareLanes('2.1', '2.1')).toBe(0);
    expect(compareLanes('edge', 'edge')).toBe(0);
    expect(compareLanes('latest', 'latest')).toBe(0);
    expect(compareLanes('02', '2')).not.toBe(0);
  });

  it.each(['2', '3', '3.0', 'v3', 'edge', '99999'])('never puts %s before latest', (tag) => {
    expect(compareLanes(tag, 'latest')).toBeGreaterThan(0);
    expect(compareLanes('latest', tag)).toBeLessThan(0);
  });
});
