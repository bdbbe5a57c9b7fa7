import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const GIVE_UP_MS = 60_000;
const POLL_MS = 1;

export interface Expected {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly digest: string;
}

/**
 * Resolves when the registry's own files show all tags on the digest. One file a millisecond: many
 * of these run at once, in the process that measures.
 */
export async function becomesLive(
  storageDir: string,
  { repository, tags, digest }: Expected,
): Promise<void> {
  const giveUp = performance.now() + GIVE_UP_MS;
  const root = join(storageDir, 'docker/registry/v2/repositories', repository, '_manifests/tags');
  for (const tag of tags) {
    const link = join(root, tag, 'current/link');
    while (read(link) !== digest) {
      if (performance.now() > giveUp) throw new Error(`${repository}:${tag} did not come`);
      await pause(POLL_MS);
    }
  }
}

/** While a registry writes the file it is empty, and before that it may not be there. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
