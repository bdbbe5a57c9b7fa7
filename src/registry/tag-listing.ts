import { isTagName, type TagName } from '../core/names';
import { type Answer, headersOf, redactedUrl } from './answer';
import { readTagPage } from './answers.schema';
import { nextReferences } from './link';
import { isAllowedTarget, resolveUrl } from './redirects';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';
import { isUnknownRepository } from './status-errors';

/** Lengths at which registries that page without saying so end a page. */
const SUSPICIOUS_LENGTHS = new Set([100, 1_000]);
/** Answers of a registry that does not know `last`. */
const PROBE_REFUSED = new Set([400, 404, 405, 413]);

/**
 * All tags of a repository. The whole list is asked for, since on Distribution every page costs as
 * much as the list; pages that the registry makes of it are followed. Each page is retried by itself.
 */
export async function listTags(
  transport: RegistryTransport,
  path: string,
): Promise<readonly TagName[]> {
  const listing = new TagListing(transport, path);
  return listing.read();
}

class TagListing {
  private readonly tags = new Set<string>();
  private readonly asked = new Set<string>();
  private received = 0;
  private bytes = 0;

  constructor(
    private readonly transport: RegistryTransport,
    private readonly path: string,
  ) {}

  async read(): Promise<readonly TagName[]> {
    const first = await this.ask(this.firstUrl());
    if (isUnknownRepository(first)) return [];
    let { answer, page } = this.take(first);
    let next = this.nextOf(answer);
    const linked = next !== undefined;
    while (next !== undefined) {
      ({ answer, page } = this.take(await this.ask(next)));
      next = this.nextOf(answer);
    }
    if (linked) await this.transport.capabilities.learn('paging', 'link');
    else await this.readUnlinkedPages(page);
    return [...this.tags].filter(isTagName);
  }

  /**
   * Some registries cut the list without a `Link`. A list of exactly such a length is asked for
   * what comes after its last tag: tags that are known already mean that `last` is ignored.
   */
  private async readUnlinkedPages(firstPage: readonly string[]): Promise<void> {
    let page = firstPage;
    while (SUSPICIOUS_LENGTHS.has(page.length)) {
      const url = this.firstUrl();
      url.searchParams.set('last', page.at(-1) ?? '');
      const answer = await this.ask(url);
      if (PROBE_REFUSED.has(answer.status)) return;
      const before = this.tags.size;
      ({ page } = this.take(answer));
      const isIgnored = this.tags.size - before < page.length;
      await this.transport.capabilities.learn('paging', isIgnored ? 'whole' : 'last');
      if (isIgnored) return;
    }
  }

  private firstUrl(): URL {
    return this.transport.urlOf(this.path, 'tags/list');
  }

  private async ask(url: URL): Promise<Answer> {
    const { maxListingPages, maxListingBytes } = this.transport.tuning;
    if (this.asked.has(url.href)) {
      throw this.unexpected(url, 'its pages lead back to one that was read already');
    }
    this.asked.add(url.href);
    if (this.asked.size > maxListingPages) throw this.tooLarge(`${maxListingPages} pages`);
    const answer = await this.transport.retrying(() =>
      this.transport.request({
        method: 'GET',
        url,
        access: { path: this.path, action: 'pull' },
        headers: { accept: 'application/json' },
        cap: { bytes: maxListingBytes - this.bytes, over: 'listing-too-large' },
      }),
    );
    this.bytes += answer.body.length;
    return answer;
  }

  private take(answer: Answer): { readonly answer: Answer; readonly page: readonly string[] } {
    if (answer.status !== 200) throw this.statusError(answer);
    const page = readTagPage(answer.body);
    if (page === undefined) throw this.unexpected(answer.url, 'the answer is no list of tags');
    this.received += page.length;
    const { maxListingTags } = this.transport.tuning;
    if (this.received > maxListingTags) throw this.tooLarge(`${maxListingTags} tags`);
    for (const tag of page) this.tags.add(tag);
    return { answer, page };
  }

  private nextOf(answer: Answer): URL | undefined {
    for (const field of headersOf(answer, 'link')) {
      const references = nextReferences(field);
      if (references === undefined) throw this.brokenLink(answer);
      const [reference] = references;
      if (reference !== undefined) return this.allowedNext(answer, reference);
    }
    return undefined;
  }

  private allowedNext(answer: Answer, reference: string): URL {
    const next = resolveUrl(reference, answer.url);
    if (next === undefined) throw this.brokenLink(answer);
    const { id, redirects, url } = this.transport.registry;
    if (isAllowedTarget(next, url, redirects)) return next;
    const sentence = `Registry ${id} says that its list of tags goes on at another host, ${redactedUrl(next)}: refused; if that is meant to be, add the host to registries.${id}.redirects.`;
    throw new RegistryError('redirect-refused', sentence);
  }

  private brokenLink({ url }: Answer): RegistryError {
    return this.unexpected(url, 'its Link to the next page is broken');
  }

  private statusError(answer: Answer): RegistryError {
    if (answer.status !== 404) return this.transport.statusError(answer);
    // zot answers so when the tag that a page begins after has gone meanwhile.
    if (this.asked.size > 1) return this.unexpected(answer.url, 'a page has gone', true);
    // A wrong URL must not look like a repository without tags.
    return this.unexpected(answer.url, 'it answered 404 without naming the repository unknown');
  }

  private unexpected(url: URL, what: string, retryable = false): RegistryError {
    const { id } = this.transport.registry;
    const sentence = `Registry ${id} does not list tags as the protocol says at ${redactedUrl(url)}: ${what}; check registries.${id}.url.`;
    return new RegistryError('unexpected-answer', sentence, { retryable });
  }

  private tooLarge(what: string): RegistryError {
    const sentence = `The list of tags of ${this.transport.registry.id}/${this.path} has more than ${what}.`;
    return new RegistryError('listing-too-large', sentence);
  }
}
