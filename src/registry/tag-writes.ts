import type { TagName } from '../core/names';
import { type Answer, headerOf } from './answer';
import { readErrorCodes } from './answers.schema';
import type { Manifest, TagWrites } from './image-registry';
import { acceptedTags, isOutcomeOpen, isWritten, ManifestWrite } from './manifest-write';
import { isWebPage } from './manifests';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';

/** With fewer tags than this the probe would cost more than it may save. */
const LEAST_TO_PROBE = 3;
/** Statuses with which a registry says that it does not know such a request. */
const NOT_KNOWN = new Set([400, 404, 405, 501]);
/** Codes that say something about the manifest or a name instead. */
const ABOUT_CONTENT = /^(?:MANIFEST_|NAME_|TAG_|BLOB_|DENIED|UNAUTHORIZED)/;

/** Points tags at one manifest; see {@link ImageRegistry.putTags}. */
export class TagWriting {
  private readonly written = new Set<TagName>();
  private readonly failed = new Map<TagName, Error>();
  /** Tags whose outcome a request for several has left open. */
  private readonly open = new Set<TagName>();

  constructor(
    private readonly transport: RegistryTransport,
    private readonly path: string,
    private readonly manifest: Manifest,
  ) {}

  async run(tags: readonly TagName[]): Promise<TagWrites> {
    const distinct = [...new Set(tags)];
    if (await this.mayPutTogether(distinct.length)) await this.putTogether(distinct);
    const alone = distinct.filter((tag) => !this.written.has(tag));
    await Promise.all(alone.map((tag) => this.putAlone(tag)));
    return { written: this.written, failed: this.failed };
  }

  private async mayPutTogether(count: number): Promise<boolean> {
    const { registry, capabilities } = this.transport;
    if (count < 2 || registry.multiTag === 'off') return false;
    if (registry.multiTag === 'on') return true;
    const { multiTag } = await capabilities.all();
    return multiTag === 'works' || (multiTag === 'unproven' && count >= LEAST_TO_PROBE);
  }

  /** One request for many tags; whatever it does not confirm is left for requests of their own. */
  private async putTogether(tags: readonly TagName[]): Promise<void> {
    const { chunk } = this.transport;
    for (let start = 0; start < tags.length;) {
      const some = tags.slice(start, start + chunk.current);
      const outcome = await this.putChunk(some);
      if (outcome === 'too-many' && chunk.shrink(some.length)) continue;
      if (outcome !== 'done') return;
      start += some.length;
      chunk.grow(some.length);
    }
  }

  private async putChunk(tags: readonly TagName[]): Promise<'done' | 'too-many' | 'given-up'> {
    try {
      const answer = await this.request(tags);
      if (answer.status === 414 || answer.status === 431) return 'too-many';
      return isWritten(answer) ? await this.take(answer, tags) : await this.giveUp(answer);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      // A refusal of all is that of each: the single requests say what it is about.
      return isOutcomeOpen(error) ? this.leaveOpen(tags) : 'given-up';
    }
  }

  /** What a success says, tag by tag. */
  private async take(answer: Answer, tags: readonly TagName[]): Promise<'done' | 'given-up'> {
    if (isWebPage(answer)) return 'given-up';
    if (this.isAnotherDigest(answer)) return this.leaveOpen(tags);
    const accepted = acceptedTags(answer);
    for (const tag of tags) if (accepted.has(tag)) this.written.add(tag);
    const works = tags.some((tag) => accepted.has(tag));
    await this.transport.capabilities.learn('multiTag', works ? 'works' : 'unsupported');
    return works ? 'done' : 'given-up';
  }

  private isAnotherDigest(answer: Answer): boolean {
    const told = headerOf(answer, 'docker-content-digest');
    return told !== undefined && told !== this.manifest.digest;
  }

  private leaveOpen(tags: readonly TagName[]): 'given-up' {
    for (const tag of tags) this.open.add(tag);
    return 'given-up';
  }

  private request(tags: readonly TagName[]): Promise<Answer> {
    const { transport, path, manifest } = this;
    const url = transport.urlOf(path, `manifests/${manifest.digest}`);
    for (const tag of tags) url.searchParams.append('tag', tag);
    return transport.request({
      method: 'PUT',
      url,
      access: { path, action: 'push' },
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      cap: { bytes: transport.tuning.maxErrorBytes, over: 'cut' },
    });
  }

  private async giveUp(answer: Answer): Promise<'given-up'> {
    const isAboutContent = readErrorCodes(answer.body).some((code) => ABOUT_CONTENT.test(code));
    if (NOT_KNOWN.has(answer.status) && !isAboutContent) {
      await this.transport.capabilities.learn('multiTag', 'unsupported');
    }
    return 'given-up';
  }

  private async putAlone(tag: TagName): Promise<void> {
    const { transport, path, manifest } = this;
    try {
      await new ManifestWrite(transport, path, tag, manifest).run({ open: this.open.has(tag) });
      this.written.add(tag);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.failed.set(tag, error);
    }
  }
}
