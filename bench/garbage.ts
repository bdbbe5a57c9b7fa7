import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';

const Collect = z.custom<() => void>((value) => typeof value === 'function');

setFlagsFromString('--expose-gc');
const collect = Collect.parse(runInNewContext('gc'));

/** Bytes of the heap that are in use after a garbage collection. */
export function usedHeap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
