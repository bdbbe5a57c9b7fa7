import { Injectable } from '@nestjs/common';
import type { MoveDecision } from '../core/decision';
import { DomainError } from '../core/domain-error';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import type { HeldLease } from './renewed-lease';

export interface MoveOutcomes {
  readonly moved: ReadonlySet<TagName>;
  /** The registry has answered, and the tag is where it was. */
  readonly refused: ReadonlyMap<TagName, Error>;
  /** It is not known whether the tag was moved: the move stays intended until somebody looks. */
  readonly open: ReadonlyMap<TagName, Error>;
}

/** Carries out moves that are recorded as intended. */
@Injectable()
export class MoveWriter {
  constructor(private readonly registry: ImageRegistry) {}

  /** Writes all tags at once; a tag that fails does not keep the others back. */
  async write(
    repository: RepositoryName,
    moves: readonly MoveDecision[],
    manifests: ReadonlyMap<Digest, Manifest>,
    lease: HeldLease,
  ): Promise<MoveOutcomes> {
    const moved = new Set<TagName>();
    const refused = new Map<TagName, Error>();
    const open = new Map<TagName, Error>();
    const take = (tag: TagName, fault: Error | undefined): void => {
      if (fault === undefined) moved.add(tag);
      else (isFinal(fault) ? refused : open).set(tag, fault);
    };
    await Promise.all([
      ...moves
        .filter(({ to }) => to === null)
        .map(async ({ tag }) => {
          take(tag, await this.remove(repository, tag, lease));
        }),
      ...Array.from(groupByDigest(moves), async ([digest, tags]) => {
        const faults = await this.put(repository, { digest, tags, manifests }, lease);
        for (const tag of tags) take(tag, faults.get(tag));
      }),
    ]);
    return { moved, refused, open };
  }

  private async put(
    repository: RepositoryName,
    { digest, tags, manifests }: TagGroup,
    lease: HeldLease,
  ): Promise<ReadonlyMap<TagName, Error>> {
    try {
      lease.check();
      return (await this.registry.putTags(repository, tags, manifestFor(digest, manifests))).failed;
    } catch (error) {
      const fault = asError(error);
      return new Map(tags.map((tag) => [tag, fault]));
    }
  }

  private async remove(
    repository: RepositoryName,
    tag: TagName,
    lease: HeldLease,
  ): Promise<Error | undefined> {
    try {
      lease.check();
      await this.registry.deleteTag(repository, tag);
      return undefined;
    } catch (error) {
      return asError(error);
    }
  }
}

interface TagGroup {
  readonly digest: Digest;
  readonly tags: readonly TagName[];
  readonly manifests: ReadonlyMap<Digest, Manifest>;
}

function groupByDigest(moves: readonly MoveDecision[]): ReadonlyMap<Digest, readonly TagName[]> {
  const groups = new Map<Digest, TagName[]>();
  for (const { tag, to } of moves) {
    if (to === null) continue;
    const group = groups.get(to.digest);
    if (group === undefined) groups.set(to.digest, [tag]);
    else group.push(tag);
  }
  return groups;
}

function manifestFor(digest: Digest, manifests: ReadonlyMap<Digest, Manifest>): Manifest {
  const manifest = manifests.get(digest);
  if (manifest !== undefined) return manifest;
  throw new DomainError('internal', `the plan has no manifest for ${digest}`);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new DomainError('internal', String(error));
}

/** An answer that no later try can change leaves the tag where it was. */
function isFinal(error: Error): boolean {
  if (error instanceof RegistryError) return !error.retryable;
  return error instanceof DomainError;
}
