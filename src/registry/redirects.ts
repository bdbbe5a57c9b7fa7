import { headerOf, redactedUrl, type Answer, type WireRequest } from './answer';
import { RegistryError } from './registry-error';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface RedirectOptions {
  readonly registryId: string;
  readonly maxRedirects: number;
  /** Hosts that the configuration allows beside the registry's own. */
  readonly allowed: readonly string[];
  /**
   * `left`: a redirect to another host under another name is given back instead of followed or
   * refused. That is how registries answer for blobs that they have and keep elsewhere.
   */
  readonly storage?: 'left' | undefined;
}

/**
 * Follows redirects within one origin, or to a host that the configuration allows, with the same
 * method and body. Anything else is refused: another host would be dialled because an answer says
 * so, and a write must not become a read. Credentials stay with the origin that they are for.
 */
export async function followRedirects(
  request: WireRequest,
  send: (request: WireRequest) => Promise<Answer>,
  options: RedirectOptions,
): Promise<Answer> {
  let current = request;
  for (let followed = 0; ; followed += 1) {
    const answer = await send(current);
    if (!isRedirect(answer)) return answer;
    if (options.storage === 'left' && leadsToStorage(answer)) return answer;
    if (followed === options.maxRedirects) {
      throw refused(options.registryId, request.url, `more than ${options.maxRedirects} times`);
    }
    current = redirected(current, targetOf(answer, options));
  }
}

export function isRedirect({ status }: Answer): boolean {
  return REDIRECTS.has(status);
}

/** Whether a URL from an answer may be dialled: on the same origin, or on an allowed host. */
export function isAllowedTarget(target: URL, from: URL, allowed: readonly string[]): boolean {
  if (target.origin === from.origin) return true;
  const isAsSafe = target.protocol === 'https:' || target.protocol === from.protocol;
  return isAsSafe && /^https?:$/.test(target.protocol) && allowed.includes(target.host);
}

function redirected(request: WireRequest, url: URL): WireRequest {
  if (url.origin === request.url.origin) return { ...request, url };
  const { authorization: _secret, ...headers } = request.headers;
  return { ...request, url, headers, publicOnly: true };
}

/** A URL from an answer, resolved against the request's; undefined when it is none. */
export function resolveUrl(reference: string, base: URL): URL | undefined {
  return URL.canParse(reference, base.href) ? new URL(reference, base.href) : undefined;
}

function targetOf(answer: Answer, { registryId, allowed }: RedirectOptions): URL {
  const { method, status, url } = answer;
  const target = resolveUrl(headerOf(answer, 'location') ?? '', url);
  if (target === undefined || headerOf(answer, 'location') === undefined) {
    throw refused(registryId, url, 'to no address');
  }
  const reads = method === 'GET' || method === 'HEAD';
  if (!reads && status !== 307 && status !== 308) {
    throw refused(registryId, url, `with ${status}, which would turn a ${method} into a GET`);
  }
  if (!isAllowedTarget(target, url, allowed)) {
    throw refused(registryId, url, `to another host, ${redactedUrl(target)}`);
  }
  // A tag's write would move another tag, its digest's delete take every other tag with it.
  if (!reads && !isSameTarget(target, url)) {
    throw refused(registryId, url, `to another name, ${redactedUrl(target)}`);
  }
  return target;
}

function leadsToStorage(answer: Answer): boolean {
  const target = resolveUrl(headerOf(answer, 'location') ?? '', answer.url);
  if (target === undefined) return false;
  return target.origin !== answer.url.origin && !isSameTarget(target, answer.url);
}

/** Whether a write reaches what it is for: only what precedes the repository may differ. */
function isSameTarget(target: URL, from: URL): boolean {
  const name = from.pathname.slice(from.pathname.indexOf('/v2/') + '/v2'.length);
  return target.pathname.endsWith(name) && tagsOf(target) === tagsOf(from);
}

function tagsOf({ searchParams }: URL): string {
  return searchParams.getAll('tag').join(' ');
}

function refused(registryId: string, url: URL, where: string): RegistryError {
  const sentence = `Registry ${registryId} redirects ${redactedUrl(url)} ${where}: refused. If that is where it lives, change registries.${registryId}.url; if it is meant to lead there, add the host to registries.${registryId}.redirects.`;
  return new RegistryError('redirect-refused', sentence);
}
