/** Groups: `v` or nothing, major, minor or nothing. */
const NUMBERED = /^(v?)(\d+)(?:\.(\d+))?$/;

/**
 * Orders moving tags as people read them: `latest`, then majors descending, each followed by its
 * minors descending, bare before `v`; any other name after them, by text.
 */
export function compareLanes(left: string, right: string): number {
  return compareKeys(laneKey(left), laneKey(right)) || (left < right ? -1 : Number(left > right));
}

function laneKey(tag: string): readonly number[] {
  if (tag === 'latest') return [0];
  const match = NUMBERED.exec(tag);
  if (match === null) return [2];
  const [, prefix, major, minor] = match;
  return [
    1,
    -Number(major),
    prefix === 'v' ? 1 : 0,
    ...(minor === undefined ? [] : [1, -Number(minor)]),
  ];
}

/** A key that ends first comes first: a major stands before its minors. */
function compareKeys(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (value !== other) return value - other;
  }
  return left.length - right.length;
}
