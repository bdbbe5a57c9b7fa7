import type { TagName } from '../core/names';
import { headerOf } from './answer';
import type { Manifest } from './image-registry';
import { findManifest, mismatch, shown } from './manifests';
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
   * Writes, with retries. After an answer that leaves the outcome open the tag is looked at before
   * the write is repeated, and before a refusal of the repeated write is believed.
   */
  async run(): Promise<void> {
    this.refuseOversize();
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
    if (!WRITTEN.has(answer.status)) throw transport.statusError(answer);
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

function isOutcomeOpen(error: unknown): boolean {
  if (!(error instanceof RegistryError) || isNotConnected(error)) return false;
  return error.retryable && OPEN_OUTCOMES.has(error.code);
}
