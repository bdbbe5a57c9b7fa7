import { execFile } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunningRegistry } from '../scripts/distribution';
import { ManyImages, numbered } from '../test/retention/many-images';

export const TAGS = 10_000;
/** Each on a digest of its own; of the others many share one. */
export const DOOMED = 100;

const DIGESTS_THAT_STAY = 100;
const FIRST = 'gallery/first';
const run = promisify(execFile);

/** Repositories of the same content, as many as are asked for. */
export class PruneRepositories {
  private made = 0;

  private constructor(private readonly folder: string) {}

  /** The first is pushed; what is beyond its digests, and the others, are copies of the registry's files. */
  static async fill({ url, storageDir = '' }: RunningRegistry): Promise<PruneRepositories> {
    const images = await ManyImages.start({ target: { url, repository: FIRST } });
    await images.pushTags([...numbered('keep', DIGESTS_THAT_STAY), ...numbered('sha', DOOMED)]);
    const repositories = new PruneRepositories(join(storageDir, 'docker/registry/v2/repositories'));
    repositories.copyTags(TAGS - DOOMED - DIGESTS_THAT_STAY);
    return repositories;
  }

  /** Path of a repository that nobody has touched. */
  async next(): Promise<string> {
    this.made += 1;
    const path = `gallery/r${this.made}`;
    // Many times faster than the copy of fs/promises, and the connections are served meanwhile.
    await run('cp', ['-r', join(this.folder, FIRST), join(this.folder, path)]);
    return path;
  }

  /** Throws unless exactly the doomed tags are gone; restore tags may have come. */
  expectPruned(path: string): void {
    const all = readdirSync(join(this.folder, path, '_manifests/tags'));
    const tags = all.filter((tag) => !tag.startsWith('tagward-restore-'));
    const [left] = tags.filter((tag) => !tag.startsWith('keep-'));
    if (left === undefined && tags.length === TAGS - DOOMED) return;
    throw new Error(`${path} has ${tags.length} tags, ${left ?? 'none that should go'} is one`);
  }

  private copyTags(count: number): void {
    const tags = join(this.folder, FIRST, '_manifests/tags');
    for (let copy = 0; copy < count; copy += 1) {
      const from = `keep-${(copy % DIGESTS_THAT_STAY) + 1}`;
      cpSync(join(tags, from), join(tags, `keep-copy-${copy}`), { recursive: true });
    }
  }
}
