import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { DeleteSupport } from '../core/deletion';
import { parseTagName, type TagName } from '../core/names';
import { uploadBlob } from './blobs';
import { deleteReference, findDeletion } from './deletions';
import { EMPTY_BLOB, emptyImage, emptyIndex } from './empty-manifests';
import type { Manifest } from './image-registry';
import { ManifestWrite } from './manifest-write';
import { findManifest } from './manifests';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';
import { removeScratch, restoreTagOf } from './scratch';

/** What is known of it, or else what a proof shows; see {@link ImageRegistry.proveTagDelete}. */
export async function proveTagDelete(
  transport: RegistryTransport,
  path: string,
): Promise<DeleteSupport> {
  const { tagDelete } = await findDeletion(transport, path);
  if (tagDelete !== 'works') return tagDelete;
  const { tagDeleteLeavesOthers } = await transport.capabilities.all();
  if (tagDeleteLeavesOthers === 'works') return 'works';
  return new TagDeleteProof(transport, path).run();
}

/** What deletes have shown; `unclear` shows nothing, neither good nor bad. */
type Finding = 'works' | 'takes-others' | 'unclear';

/**
 * Deletes one of two tags of a manifest made for it and looks at what is left: 202 does not say
 * that it was the tag alone (P18). One tag has the form of restore tags, which products may protect
 * or treat in their own way (P35). Nothing is left of it, whatever comes.
 */
class TagDeleteProof {
  private readonly logger = new Logger(TagDeleteProof.name);
  private readonly probeTag = parseTagName(`tagward-probe-${randomBytes(16).toString('hex')}`);
  private scratch: Manifest = emptyIndex('scratch');

  constructor(
    private readonly transport: RegistryTransport,
    private readonly path: string,
  ) {}

  async run(): Promise<DeleteSupport> {
    try {
      const finding = await this.observe();
      if (finding !== 'unclear') {
        await this.transport.capabilities.learn('tagDeleteLeavesOthers', finding);
      }
      return finding === 'works' ? 'works' : 'unproven';
    } catch (error) {
      if (!(error instanceof RegistryError) || error.retryable) throw error;
      this.warn('deletes of tags could not be proven', error);
      return 'unproven';
    } finally {
      await this.clear();
    }
  }

  private async observe(): Promise<Finding> {
    await this.putScratch();
    const restoreTag = restoreTagOf(this.scratch.digest);
    await this.put(restoreTag);
    if (!(await this.holds(restoreTag)) || !(await this.isWhole())) return 'unclear';
    if (!(await this.deletes(restoreTag))) return 'unclear';
    if (!(await this.isWhole())) return 'takes-others';
    return (await this.deletes(this.probeTag)) ? 'works' : 'unclear';
  }

  /** First the probe tag: by that a crash is found, and it is deleted last. */
  private async putScratch(): Promise<void> {
    try {
      await this.put(this.probeTag);
    } catch (error) {
      if (!isAboutIndex(error)) throw error;
      this.scratch = emptyImage('scratch');
      await uploadBlob(this.transport, this.path, EMPTY_BLOB);
      await this.put(this.probeTag);
    }
  }

  private put(tag: TagName): Promise<void> {
    return new ManifestWrite(this.transport, this.path, tag, this.scratch).run();
  }

  private async deletes(tag: TagName): Promise<boolean> {
    await deleteReference(this.transport, this.path, tag);
    return !(await this.holds(tag));
  }

  /** Whether the other tag and the manifest itself are there. */
  private async isWhole(): Promise<boolean> {
    return (await this.holds(this.probeTag)) && (await this.holds(this.scratch.digest));
  }

  private async holds(reference: TagName | Manifest['digest']): Promise<boolean> {
    const { transport, path, scratch } = this;
    const found = await transport.retrying(() => findManifest(transport, path, reference));
    return found?.digest === scratch.digest;
  }

  /** What stays in spite of it is found by its probe tag when a run begins. */
  private async clear(): Promise<void> {
    const { transport, path, scratch, probeTag } = this;
    try {
      await removeScratch(transport, path, scratch.digest, [probeTag]);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      this.warn('scratch tags are left to the next run', error);
    }
  }

  private warn(msg: string, { message }: RegistryError): void {
    const repository = `${this.transport.registry.id}/${this.path}`;
    this.logger.warn({ msg, repository, error: message });
  }
}

/** A final 4xx that is not about the account: some products take no index of nothing. */
function isAboutIndex(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.retryable) return false;
  const { status = 0, code } = error;
  return status >= 400 && status < 500 && code !== 'denied';
}
