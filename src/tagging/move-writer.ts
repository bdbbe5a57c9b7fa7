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

  /** Writes all tags in parallel; a tag that fails does not keep the others back. */
  async write(
    repository: RepositoryName,
    moves: readonly MoveDecision[],
    manifests: ReadonlyMap<Digest, Manifest>,
    lease: HeldLease,
  ): Promise<MoveOutcomes> {
    const moved = new Set<TagName>();
    const refused = new Map<TagName, Error>();
    const open = new Map<TagName, Error>();
    await Promise.all(
      moves.map(async ({ tag, to }) => {
        try {
          lease.check();
          if (to === null) await this.registry.deleteTag(repository, tag);
          else await this.registry.putManifest(repository, tag, manifestFor(to.digest, manifests));
          moved.add(tag);
        } catch (error) {
          const fault = asError(error);
          (isFinal(fault) ? refused : open).set(tag, fault);
        }
      }),
    );
    return { moved, refused, open };
  }
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
