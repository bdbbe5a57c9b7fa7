import { Injectable, Logger } from '@nestjs/common';
import { chooseForm, type DeletionCapabilities } from '../core/deletion';
import { restoreTagOf } from '../core/internal-tags';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { ReleasePlan } from '../core/retention-release';
import { UnitOfWork } from '../database/unit-of-work';
import { ImageRegistry } from '../registry/image-registry';
import { RegistryError } from '../registry/registry-error';
import type { RestoreTagEntity } from './restore-tag.entity';
import { RestoreTagStore } from './restore-tag.store';

export interface ReleaseContext {
  readonly repository: RepositoryName;
  readonly capabilities: DeletionCapabilities;
  readonly form: 'auto' | 'tag-only';
  readonly plan: ReleasePlan;
  /** All tags on a digest but its restore tag. */
  readonly siblings: (digest: Digest) => readonly TagName[];
}

/** No window follows: what is released is the registry's to collect. */
export const NO_WINDOW = { restoreWindowMs: 0 } as const;

/** Takes a restore tag away when its window is over; safe to repeat after a crash at any moment. */
@Injectable()
export class ReleaseWork {
  private readonly logger = new Logger(ReleaseWork.name);

  constructor(
    private readonly registry: ImageRegistry,
    private readonly store: RestoreTagStore,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Untagged manifests that describe a digest, and what describes those in turn, without what stays:
   * asked before the tags go by which some registries find them. Empty where digests do not go.
   */
  async findReferrers(
    digest: Digest,
    { repository, capabilities, plan }: ReleaseContext,
  ): Promise<readonly Digest[]> {
    if (capabilities.digestDelete !== 'works' || plan.living.has(digest)) return [];
    const found = new Set<Digest>();
    const open = [digest];
    for (let subject = open.pop(); subject !== undefined; subject = open.pop()) {
      for (const referrer of await this.registry.listReferrers(repository, subject)) {
        const isKnown = found.has(referrer.digest) || plan.living.has(referrer.digest);
        if (isKnown || referrer.tag !== undefined) continue;
        found.add(referrer.digest);
        open.push(referrer.digest);
      }
    }
    return [...found];
  }

  /** Whether the tag is gone. What the registry refuses for good is logged and left for later. */
  async release(row: RestoreTagEntity, context: ReleaseContext): Promise<boolean> {
    const { repository } = context;
    const { digest } = row;
    const tag = restoreTagOf(digest);
    // A crash may have left it on the dummy that stood in for it.
    await this.registry.dropDummy(repository, tag);
    const found = await this.registry.findManifest(repository, tag);
    if (found?.digest === digest && !(await this.delete(row, context))) return false;
    await this.unitOfWork.run((transaction) => this.store.forget(transaction, repository, digest));
    return true;
  }

  private async delete(row: RestoreTagEntity, context: ReleaseContext): Promise<boolean> {
    const { repository } = context;
    try {
      const refusal = await this.deleteByForm(row, context);
      if (refusal === undefined) return true;
      this.logger.warn({ msg: 'a restore tag stays', repository, tag: row.tag, why: refusal });
      return false;
    } catch (error) {
      if (!(error instanceof RegistryError) || error.retryable) throw error;
      this.logger.warn({
        msg: 'a restore tag stays',
        repository,
        tag: row.tag,
        why: error.message,
      });
      return false;
    }
  }

  /** Gives the sentence of a refusal. */
  private async deleteByForm(
    { digest, tag, mediaType, bytes }: RestoreTagEntity,
    { repository, capabilities, form, plan, siblings }: ReleaseContext,
  ): Promise<string | undefined> {
    const needs = { siblings: siblings(digest).length, listed: plan.living.has(digest) };
    const choice = chooseForm(capabilities, { ...NO_WINDOW, form }, needs);
    if (!('form' in choice)) return choice.blocked[0].text;
    switch (choice.form) {
      case 'tag':
      case 'provider':
        await this.registry.deleteTag(repository, tag);
        return undefined;
      case 'digest':
        await this.registry.deleteManifest(repository, digest);
        return undefined;
      case 'batch-dummy': {
        const manifest = { digest, mediaType, bytes: Buffer.from(bytes, 'base64') };
        const dummy = this.registry.makeDummy();
        await this.registry.putTags(repository, [tag], dummy);
        const before = new Map([[tag, manifest]]);
        return (await this.registry.finishDummy(repository, dummy.digest, before))?.message;
      }
    }
  }
}
