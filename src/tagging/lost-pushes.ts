import { Injectable, Logger } from '@nestjs/common';
import type { RepositoryName, TagName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { MoveStore } from '../history/move.store';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import type { Announcement } from './inbox';
import type { Sighting } from './observer';
import type { HeldLease } from './renewed-lease';

/** Later than this a webhook says nothing about the moment of a deletion. */
const WITHIN_MS = 3_600_000;

interface LostPush {
  readonly announcement: Announcement;
  readonly manifest: Manifest;
}

/**
 * Puts back what somebody pushed in the one round trip between the last look at a tag and its
 * deletion: no registry deletes on a condition, but the push's webhook names the digest (P27).
 */
@Injectable()
export class LostPushes {
  private readonly logger = new Logger(LostPushes.name);

  constructor(
    private readonly moves: MoveStore,
    private readonly registry: ImageRegistry,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives the tags that are back; mostly none, at no cost. Throws what the registry throws; an
   * intended move is settled by the next try.
   */
  async putBack(
    repository: RepositoryName,
    announcements: readonly Announcement[],
    sighting: Sighting,
    lease: HeldLease,
  ): Promise<readonly TagName[]> {
    const absent = announcements.filter((announcement) => isAbsent(announcement, sighting));
    // The last push of a tag is the one that counts.
    const byTag = new Map(absent.map((announcement) => [announcement.tag, announcement]));
    const back: TagName[] = [];
    for (const announcement of byTag.values()) {
      const lost = await this.findLost(repository, announcement);
      if (lost === undefined) continue;
      await this.write(repository, lost, lease);
      back.push(announcement.tag);
    }
    return back;
  }

  private async findLost(
    repository: RepositoryName,
    announcement: Announcement,
  ): Promise<LostPush | undefined> {
    const { tag, digest } = announcement;
    const last = await this.moves.findLatest(repository, tag);
    const isRecent = last !== undefined && this.clock.now() - last.at <= WITHIN_MS;
    if (last?.kind !== 'pruned' || !isRecent) return undefined;
    if (digest === null || digest === last.fromDigest || digest === last.dummyDigest) {
      return undefined;
    }
    try {
      return { announcement, manifest: await this.registry.getManifest(repository, digest) };
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'manifest-unknown') return undefined;
      throw error;
    }
  }

  private async write(
    repository: RepositoryName,
    { announcement, manifest }: LostPush,
    lease: HeldLease,
  ): Promise<void> {
    const { tag, actor, deliveryId } = announcement;
    const { lastMoveAt } = await this.moves.readStanding(repository);
    const text = `put back: ${tag} was pushed in the moment in which it was pruned`;
    const move = {
      ...{ repository, tag, kind: 'restored' as const, actor, deliveryId, runId: null },
      ...{ from: null, to: { digest: manifest.digest, release: tag } },
      reason: { code: 'put-back', text },
      at: Math.max(this.clock.now(), lastMoveAt),
    };
    await lease.confirm();
    const sequences = await this.unitOfWork.run((transaction) =>
      this.moves.intend(transaction, [move]),
    );
    await this.registry.putManifest(repository, tag, manifest);
    await this.unitOfWork.run((transaction) =>
      this.moves.apply(transaction, [...sequences.values()]),
    );
    this.logger.warn({ msg: 'put back a tag', repository, tag, digest: manifest.digest });
  }
}

/** Announced as pushed, and not there. */
function isAbsent({ event, tag, digest }: Announcement, { found, failures }: Sighting): boolean {
  if (event !== 'published' || digest === null || (found.get(tag) ?? null) !== null) return false;
  const failure = failures.get(tag);
  return (
    failure === undefined ||
    (failure instanceof RegistryError && failure.code === 'manifest-unknown')
  );
}
