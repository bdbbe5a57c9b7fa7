import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import { isInternalTag } from '../core/internal-tags';
import { isMovingTagShape } from '../core/moving-tags';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { MoveStore } from '../history/move.store';
import { ReleaseStore } from '../history/release.store';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import { Clock } from '../runtime/clock';
import { RepositoryLease } from '../tagging/lease';
import type { HeldLease } from '../tagging/renewed-lease';
import { RestoreTagStore } from './restore-tag.store';
import { RetentionEvaluator } from './retention-evaluator';
import { RetentionExecutor } from './retention-executor';

export interface RestoreRequest {
  readonly repository: RepositoryName;
  readonly tag: TagName;
  /** What to restore it to; what it pointed at last unless given. */
  readonly digest: Digest | undefined;
  /** Whether a tag that exists on another digest is overwritten. */
  readonly force: boolean;
  readonly reason: string | undefined;
  readonly actor: string;
}

export interface Restored {
  readonly digest: Digest;
  /** Of its move; null when the tag was there already. */
  readonly sequence: number | null;
  /** Manifests and blobs that the registry has lost; the image cannot be pulled whole then. */
  readonly missing: readonly Digest[];
}

/** Brings pruned tags back: one PUT of the same bytes, then everything below is verified. */
@Injectable()
export class Restorations {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly store: RestoreTagStore,
    private readonly moves: MoveStore,
    private readonly releases: ReleaseStore,
    private readonly executor: RetentionExecutor,
    private readonly evaluator: RetentionEvaluator,
    private readonly lease: RepositoryLease,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws `tag-invalid` for a tag of Tagward's own and for a moving tag, `tag-not-present` for one that never pointed
   * at anything, `tag-exists` (with both digests) when it is on another digest and `force` is not
   * set, and `restore-window-over` when the registry no longer has the manifest.
   */
  async restore(request: RestoreRequest): Promise<Restored> {
    const { repository, tag } = request;
    this.refuseOthers(repository, tag);
    return this.lease.run(repository, async (lease) => {
      await lease.confirm();
      await this.executor.settleOpen({ repository, planId: 0, runId: 0 });
      return this.restoreHeld(request, lease);
    });
  }

  private refuseOthers(repository: RepositoryName, tag: TagName): void {
    if (isInternalTag(tag)) {
      throw new DomainError('tag-invalid', `${tag} is Tagward's own, and is not restored`);
    }
    if (isMovingTagShape(tag, this.evaluator.rulesOf(repository))) {
      throw new DomainError('tag-invalid', `${tag} is a moving tag: roll it back instead`);
    }
  }

  private async restoreHeld(request: RestoreRequest, lease: HeldLease): Promise<Restored> {
    const { repository, tag, force } = request;
    const digest = request.digest ?? (await this.lastDigestOf(repository, tag));
    const present = await this.registry.findManifest(repository, tag);
    if (present !== undefined && present.digest !== digest && !force) {
      const sentence = `${tag} exists on ${present.digest}; to put it back on ${digest} all the same, send {"force": true}`;
      throw new DomainError('tag-exists', sentence);
    }
    const isThere = present?.digest === digest;
    const sequence = isThere ? null : await this.write(request, digest, present?.digest, lease);
    return { digest, sequence, missing: await this.registry.verifyManifest(repository, digest) };
  }

  private async lastDigestOf(repository: RepositoryName, tag: TagName): Promise<Digest> {
    const last = await this.moves.findLatest(repository, tag);
    const digest = last?.toDigest ?? last?.fromDigest;
    if (digest !== undefined && digest !== null) return digest;
    const sentence = `no record says that ${tag} of ${repository} ever existed: name a digest`;
    throw new DomainError('tag-not-present', sentence);
  }

  private async write(
    { repository, tag, reason, actor }: RestoreRequest,
    digest: Digest,
    before: Digest | undefined,
    lease: HeldLease,
  ): Promise<number> {
    const manifest = await this.readManifest(repository, tag, digest);
    const { lastMoveAt } = await this.moves.readStanding(repository);
    const why = reason === undefined ? '' : `: ${reason}`;
    const move = {
      ...{ repository, tag, kind: 'restored' as const, actor, deliveryId: null, runId: null },
      from: before === undefined ? null : { digest: before, release: tag },
      to: { digest, release: tag },
      reason: { code: 'restored', text: `restored by ${actor}${why}` },
      at: Math.max(this.clock.now(), lastMoveAt),
    };
    const sequences = await this.unitOfWork.run((transaction) =>
      this.moves.intend(transaction, [move]),
    );
    const sequence = sequences.get(tag) ?? 0;
    lease.check();
    await this.put(repository, tag, manifest, sequence);
    await this.unitOfWork.run(async (transaction) => {
      await this.moves.apply(transaction, [sequence]);
      await this.releases.markPresent(transaction, repository, [tag]);
    });
    return sequence;
  }

  /** From the registry, else as they were kept for the window. */
  private async readManifest(
    repository: RepositoryName,
    tag: TagName,
    digest: Digest,
  ): Promise<Manifest> {
    if ((await this.registry.findManifest(repository, digest)) !== undefined) {
      return this.registry.getManifest(repository, digest);
    }
    const kept = await this.store.find(repository, digest);
    if (kept !== undefined) {
      return { digest, mediaType: kept.mediaType, bytes: Buffer.from(kept.bytes, 'base64') };
    }
    const restorable = await this.store.findRestorable(repository, tag);
    const ended =
      restorable === undefined
        ? ''
        : `; its window ended ${new Date(restorable.untilAt).toISOString()}`;
    const sentence = `${repository} no longer has ${digest}${ended}: build and push it again`;
    throw new DomainError('restore-window-over', sentence);
  }

  private async put(
    repository: RepositoryName,
    tag: TagName,
    manifest: Manifest,
    sequence: number,
  ): Promise<void> {
    try {
      await this.registry.putManifest(repository, tag, manifest);
    } catch (error) {
      const found = await this.registry.findManifest(repository, tag);
      if (found?.digest === manifest.digest) return;
      await this.unitOfWork.run((transaction) => this.moves.fail(transaction, [sequence]));
      throw error;
    }
  }
}
