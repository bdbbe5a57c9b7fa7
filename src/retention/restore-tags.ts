import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import { restoreTagOf } from '../core/internal-tags';
import type { Digest, TagName } from '../core/names';
import { UnitOfWork } from '../database/unit-of-work';
import { ImageRegistry } from '../registry/image-registry';
import { Clock } from '../runtime/clock';
import { RestoreTagStore } from './restore-tag.store';
import type { RestoreTerms, RunContext } from './run-context';

/** Writes restore tags before digests lose their last tag (P14). */
@Injectable()
export class RestoreTags {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly store: RestoreTagStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives the restore tag of a digest, written and verified; undefined for a digest that keeps a
   * tag, or where the policy wants none. One writer for each digest: reads of it may fail while its
   * manifest is written. Throws what the registry throws: nothing may be deleted then.
   */
  async secure(digest: Digest, context: RunContext): Promise<TagName | undefined> {
    const { restore } = context;
    if (restore?.losing.has(digest) !== true) return undefined;
    const secured = restore.secured.get(digest) ?? this.write(digest, context, restore);
    restore.secured.set(digest, secured);
    return secured;
  }

  private async write(
    digest: Digest,
    { repository, runId, lease }: RunContext,
    { untilAt }: RestoreTerms,
  ): Promise<TagName> {
    const manifest = await this.registry.getManifest(repository, digest);
    const known = await this.store.find(repository, digest);
    const kept = { repository, manifest, runId, now: this.clock.now(), untilAt };
    await this.unitOfWork.run((transaction) => this.store.keep(transaction, [kept]));
    const tag = restoreTagOf(digest);
    const isThere = async (): Promise<boolean> =>
      (await this.registry.findManifest(repository, tag))?.digest === digest;
    // A registry may refuse to write a tag again, even with the same bytes.
    if (known !== undefined && (await isThere())) return tag;
    lease.check();
    await this.registry.putManifest(repository, tag, manifest);
    if (await isThere()) return tag;
    const sentence = `the restore tag ${tag} does not point at ${digest} after it was written`;
    throw new DomainError('deletion-unsafe', sentence);
  }
}
