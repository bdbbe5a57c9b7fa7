import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { answerParent } from './child';

/**
 * Looks at the registry's own files, which is nearly free: asking the registry over and over would
 * take time from what is measured. Runs as a process of its own for the same reason.
 */
const GIVE_UP_MS = 20_000;
/** Shorter than timers can be. */
const PAUSE_MS = 0.2;

const Watch = z.object({
  storageDir: z.string(),
  repository: z.string(),
  digest: z.string(),
  tags: z.array(z.string()),
});
type Watch = z.infer<typeof Watch>;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Answers when all tags show the digest, with the time of the last one on the system's clock. */
function watch({ storageDir, repository, digest, tags }: Watch): Promise<object> {
  const giveUp = performance.now() + GIVE_UP_MS;
  const root = join(storageDir, 'docker/registry/v2/repositories', repository, '_manifests/tags');
  const missing = new Set(tags.map((tag) => join(root, tag, 'current/link')));
  while (performance.now() < giveUp) {
    for (const link of missing) if (read(link) === digest) missing.delete(link);
    if (missing.size === 0) return Promise.resolve({ seen: process.hrtime.bigint() });
    Atomics.wait(sleeper, 0, 0, PAUSE_MS);
  }
  return Promise.reject(new Error(`not all tags of ${repository} came to ${digest}`));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

answerParent(Watch, watch);
