import type { ServiceClient } from '../support/service';

/** Bytes, as the service's own metrics have them. */
export interface Memory {
  readonly resident: number;
  readonly heap: number;
  readonly external: number;
}

/** What a service uses now. */
export async function readMemory(client: ServiceClient): Promise<Memory> {
  const answer = await fetch(`${client.url}/metrics`);
  const text = await answer.text();
  const read = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    resident: read('process_resident_memory_bytes'),
    heap: read('nodejs_heap_size_used_bytes'),
    external: read('nodejs_external_memory_bytes'),
  };
}

const MIB = 1024 * 1024;
const FACTOR = 1.3;
const SLACK = 64 * MIB;
/** Fewer looks than this say nothing. */
const LEAST_LOOKS = 40;

/**
 * What grew in a run; empty when the memory was flat. Between two collections the heap rises by
 * hundreds of MiB and falls again, so the least values of a fifth are compared: what is kept is in
 * all of them. The first fifth is the time in which code is compiled and caches fill.
 */
export function grownMemory(looks: readonly Memory[]): readonly string[] {
  if (looks.length < LEAST_LOOKS) return [];
  const fifth = Math.floor(looks.length / 5);
  const early = looks.slice(fifth, 2 * fifth);
  const late = looks.slice(-fifth);
  return (['resident', 'heap', 'external'] as const).flatMap((what) => {
    const before = Math.min(...early.map((look) => look[what]));
    const after = Math.min(...late.map((look) => look[what]));
    if (after <= before * FACTOR + SLACK) return [];
    return [`the ${what} memory grew from ${before} to ${after} bytes`];
  });
}
