import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { assumePlatforms } from '../core/completeness';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { resolveOwners } from '../core/owners';
import type { Release } from '../core/release';
import type { RepositoryRules } from '../core/rules';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';

const Platform = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});
/** An image that is no index names no platform that could be read without its configuration. */
const Index = z.object({ manifests: z.array(z.object({ platform: Platform.optional() })) });

/** Finds out which platforms releases have, where the rules ask for some (rule A5). */
@Injectable()
export class PlatformReader {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly clock: Clock,
  ) {}

  /**
   * The releases with the platforms of those that would own a moving tag, and no more: a repository
   * may have a hundred thousand. What was read before is not read again. Throws what the registry
   * throws, except that an absent manifest has no platforms.
   */
  async complete(
    repository: RepositoryName,
    releases: readonly Release[],
    rules: RepositoryRules,
  ): Promise<readonly Release[]> {
    if (rules.requirePlatforms.length === 0) return releases;
    const known = new Map(releases.map((release) => [release.tag, release]));
    for (;;) {
      const unread = ownersUnread([...known.values()], rules, this.clock.now());
      if (unread.length === 0) return [...known.values()];
      await Promise.all(
        unread.map(async (release) => {
          const platforms = await this.read(repository, release.digest);
          known.set(release.tag, { ...release, platforms });
        }),
      );
    }
  }

  private async read(repository: RepositoryName, digest: Digest): Promise<readonly string[]> {
    try {
      return platformsOf(await this.registry.getManifest(repository, digest));
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'manifest-unknown') return [];
      throw error;
    }
  }
}

function ownersUnread(
  releases: readonly Release[],
  rules: RepositoryRules,
  now: number,
): readonly Release[] {
  const byTag = new Map<TagName, Release>(releases.map((release) => [release.tag, release]));
  const { lines } = resolveOwners(assumePlatforms(releases, rules), rules, now);
  const owners = [...lines.values()].flatMap(({ owner }) => owner?.tag ?? []);
  return [...new Set(owners)]
    .flatMap((tag) => byTag.get(tag) ?? [])
    .filter(({ platforms }) => platforms === undefined);
}

/** `linux/arm64`, and `linux/arm` beside `linux/arm/v7`; empty for an image that is no index. */
function platformsOf({ bytes }: Manifest): readonly string[] {
  const index = Index.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!index.success) return [];
  const names = index.data.manifests.flatMap(({ platform }) => {
    if (platform === undefined) return [];
    const name = `${platform.os}/${platform.architecture}`;
    return platform.variant === undefined ? [name] : [name, `${name}/${platform.variant}`];
  });
  return [...new Set(names)];
}
