import type { Random } from '../faults/random';

/** Bytes with one to four changes: flipped, cut off, left out, doubled, put in. */
export function editedBytes(bytes: Buffer, random: Random): Buffer {
  let edited = bytes;
  for (let count = 1 + random.below(4); count > 0; count -= 1) edited = editOnce(edited, random);
  return edited;
}

function editOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + random.below(40));
  const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (random.below(6)) {
    case 0:
      return Buffer.concat([before, flipped(part, random), after]);
    case 1:
      return before;
    case 2:
      return Buffer.concat([before, after]);
    case 3:
      return Buffer.concat([before, ...Array<Buffer>(1 + random.below(20)).fill(part), after]);
    case 4:
      return Buffer.concat([before, randomBytes(1 + random.below(8), random), part, after]);
    default:
      return Buffer.concat([after, part, before]);
  }
}

function flipped(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const [first = 0] = copy;
  if (copy.length > 0) copy[0] = first ^ (1 << random.below(8));
  return copy;
}

export function randomBytes(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}
