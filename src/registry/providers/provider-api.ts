import { z } from 'zod';
import { type Answer, headerOf, headersOf } from '../answer';
import { parseJsonText } from '../credentials/json-text';
import { nextReferences } from '../link';
import { isNotConnected } from '../network-errors';
import { resolveUrl } from '../redirects';
import { RegistryError } from '../registry-error';
import type { AccessHeader, ProviderAccess } from './provider-access';
import type { ApiRequest, ProviderHttp } from './provider-http';

const DELETED = new Set([200, 202, 204]);
const MAX_PAGES = 100;

/** What the products put into a 404 differs; that it is an object tells it from a proxy's page. */
const NotFound = z.looseObject({});

/** One thing that is read: its URL, and the repository by which the account is found. */
export interface ApiQuery<T> {
  readonly path: string;
  readonly url: URL;
  readonly schema: z.ZodType<T>;
}

/** `known` is false when the API does not know what was to be searched. */
export interface SearchResult<R> {
  readonly known: boolean;
  readonly match: R | undefined;
}

/** Authorised requests to one API, each with retries; every answer has passed a schema. */
export class ProviderApi {
  constructor(
    private readonly http: ProviderHttp,
    private readonly access: ProviderAccess,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** What the URL answers with; undefined when the API does not know it. */
  async find<T>(query: ApiQuery<T>): Promise<T | undefined> {
    return (await this.read(query))?.value;
  }

  /**
   * Follows pages until something on one matches. Throws `redirect-refused` when a `Link` leads to
   * another origin, `listing-too-large` over 100 pages.
   */
  async search<T, R>(
    query: ApiQuery<T>,
    pick: (page: T) => R | undefined,
  ): Promise<SearchResult<R>> {
    const asked = new Set<string>();
    let url: URL | undefined = query.url;
    while (url !== undefined) {
      const read: { value: T; answer: Answer } | undefined = await this.read({ ...query, url });
      if (read === undefined && asked.size === 0) return { known: false, match: undefined };
      if (read === undefined) throw this.http.unexpected({ url, status: 404 }, 'a page has gone');
      const match = pick(read.value);
      if (match !== undefined) return { known: true, match };
      asked.add(url.href);
      url = this.nextOf(read.answer, asked);
    }
    return { known: true, match: undefined };
  }

  /**
   * Deletes what the URL names. A repeated delete that finds nothing counts as this one's work when
   * the outcome of an earlier try was open.
   */
  async delete(path: string, url: URL): Promise<'deleted' | 'absent'> {
    const earlier = { open: false };
    const send = (request: ApiRequest): Promise<Answer> =>
      this.http.send(request).catch((error: unknown) => {
        earlier.open ||= isOutcomeOpen(error);
        throw error;
      });
    const answer = await this.http.retrying(() =>
      this.authorised(path, { method: 'DELETE', url }, send),
    );
    if (DELETED.has(answer.status)) {
      if (answer.body.length > 0) this.parse(answer, z.json());
      return 'deleted';
    }
    this.refuseUnlessNotFound(answer);
    return earlier.open ? 'deleted' : 'absent';
  }

  private async read<T>({
    path,
    url,
    schema,
  }: ApiQuery<T>): Promise<{ readonly value: T; readonly answer: Answer } | undefined> {
    const answer = await this.http.retrying(() =>
      this.authorised(path, { method: 'GET', url }, (request) => this.http.send(request)),
    );
    if (answer.status === 200) return { value: this.parse(answer, schema), answer };
    this.refuseUnlessNotFound(answer);
    return undefined;
  }

  /** A 401 to a header that served before may only mean that a newer one is wanted. */
  private async authorised(
    path: string,
    request: ApiRequest,
    send: (request: ApiRequest) => Promise<Answer>,
  ): Promise<Answer> {
    const sendWith = ({ name, value }: AccessHeader): Promise<Answer> =>
      send({ ...request, headers: { ...this.headers, [name]: value } });
    const header = await this.access.header(path);
    const answer = await sendWith(header);
    if (answer.status !== 401) return answer;
    const newer = await this.access.header(path, header);
    if (newer.value === header.value) throw this.http.statusError(answer);
    return sendWith(newer);
  }

  private refuseUnlessNotFound(answer: Answer): void {
    if (answer.status !== 404) throw this.http.statusError(answer);
    this.parse(answer, NotFound);
  }

  private parse<T>(answer: Answer, schema: z.ZodType<T>): T {
    return readJson(this.http, answer, schema);
  }

  private nextOf(answer: Answer, asked: ReadonlySet<string>): URL | undefined {
    for (const field of headersOf(answer, 'link')) {
      const references = nextReferences(field);
      if (references === undefined) throw this.brokenLink(answer);
      const [reference] = references;
      if (reference === undefined) continue;
      const next = resolveUrl(reference, answer.url);
      if (next === undefined || asked.has(next.href)) throw this.brokenLink(answer);
      if (asked.size < MAX_PAGES) return next;
      const sentence = `The API of registry ${this.http.registryId} has more than ${MAX_PAGES} pages of what is searched.`;
      throw new RegistryError('listing-too-large', sentence);
    }
    return undefined;
  }

  private brokenLink(answer: Answer): RegistryError {
    return this.http.unexpected(answer, 'its Link to the next page leads nowhere');
  }
}

/** The body by its schema. Throws `unexpected-answer`, without the body's words. */
export function readJson<T>(http: ProviderHttp, answer: Answer, schema: z.ZodType<T>): T {
  if (/\bhtml\b/i.test(headerOf(answer, 'content-type') ?? '')) {
    throw http.unexpected(answer, `it answered ${answer.status} with a page for people`);
  }
  const parsed = schema.safeParse(parseJsonText(answer.body.toString('utf8')));
  if (parsed.success) return parsed.data;
  throw http.unexpected(answer, `the body of its ${answer.status} is not what it should be`);
}

/** Whether a delete may have been carried out although it failed. */
function isOutcomeOpen(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  return error.code !== 'rate-limited' && !isNotConnected(error);
}
