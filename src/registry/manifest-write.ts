import type { TagName } from '../core/names';
import { type Answer, headerOf, headersOf } from './answer';
import type { Manifest } from './image-registry';
import { findManifest, isWebPage, mismatch, shown, unexpected } from './manifests';
import { isNotConnected } from './network-errors';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';

const WRITTEN = new Set([200, 201, 202]);
/** Errors after which the registry may have carried out the write. */
const OPEN_OUTCOMES = new Set<string>([
  'unreachable',
  'timeout',
  'server-error',
  'digest-mismatch',
  'unexpected-answer',
]);

/** Points one tag at a manifest, once. */
export class ManifestWrite {
  /** Whether an earlier try may have been carried out. */
  private open = false;

  constructor(
    private readonly transport: RegistryTransport,
    private readonly path: string,
    private readonly tag: TagName,
    private readonly manifest: Manifest,
  ) {}

  /**
   * Writes, with retries; `open` says that an earlier request may have done it already. After an answer that leaves the outcome open the tag is looked at before
   * the write is repeated, and before a refusal of the repeated write is believed.
   */
  async run({ open = false }: { readonly open?: boolean } = {}): Promise<void> {
    this.refuseOversize();
    this.open = open;
    try {
      await this.transport.retrying(() => this.tryOnce());
    } catch (error) {
      const isFinal = error instanceof RegistryError && !error.retryable;
      if (isFinal && (await this.isDone())) return;
      throw error;
    }
  }

  private async tryOnce(): Promise<void> {
    if (await this.isDone()) return;
    try {
      await this.put();
    } catch (error) {
      this.open ||= isOutcomeOpen(error);
      throw error;
    }
  }

  /** Whether an earlier try was carried out after all; asks the registry only if that can be. */
  private async isDone(): Promise<boolean> {
    if (!this.open) return false;
    const found = await findManifest(this.transport, this.path, this.tag);
    return found?.digest === this.manifest.digest;
  }

  private async put(): Promise<void> {
    const { transport, path, tag, manifest } = this;
    const answer = await transport.request({
      method: 'PUT',
      url: transport.urlOf(path, `manifests/${tag}`),
      access: { path, action: 'push' },
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      // The tag is written whatever the body says.
      cap: { bytes: transport.tuning.maxErrorBytes, over: 'cut' },
    });
    if (!isWritten(answer)) throw transport.statusError(answer);
    if (isWebPage(answer)) throw unexpected(transport, answer, 'a web page');
    // Who names the tag here takes several at once, too (olareg).
    if (headerOf(answer, 'oci-tag') !== undefined && acceptedTags(answer).has(tag)) {
      await transport.capabilities.learn('multiTag', 'works');
    }
    const digest = headerOf(answer, 'docker-content-digest');
    if (digest !== undefined && digest !== manifest.digest) {
      throw mismatch(transport, answer, `wrote ${manifest.digest}, told ${shown(digest)}`);
    }
  }

  private refuseOversize(): void {
    const { bytes, digest } = this.manifest;
    const { maxPushedManifestBytes: most } = this.transport.tuning;
    if (bytes.length <= most) return;
    const sentence = `The manifest ${digest} has ${bytes.length} bytes; registries take no more than ${most}.`;
    throw new RegistryError('manifest-invalid', sentence);
  }
}

/** The tags that the registry names: one field for each, a list in one, or both. */
export function acceptedTags(answer: Answer): ReadonlySet<string> {
  const names = headersOf(answer, 'oci-tag').flatMap((field) => field.split(','));
  return new Set(names.map((name) => name.trim()));
}

/** Whether the answer to a PUT says that it was carried out. */
export function isWritten({ status }: Answer): boolean {
  return WRITTEN.has(status);
}

/** Whether the registry may have carried out the write whose request ended so. */
export function isOutcomeOpen(error: unknown): boolean {
  if (!(error instanceof RegistryError) || isNotConnected(error)) return false;
  return error.retryable && OPEN_OUTCOMES.has(error.code);
}
