import type { Digest } from '../core/names';
import { type Answer, headerOf } from './answer';
import { isWebPage, mismatch, shown, unexpected } from './manifests';
import { digestOf } from './empty-manifests';
import { isRedirect, resolveUrl } from './redirects';
import type { RegistryTransport } from './registry-transport';

/**
 * Whether the repository has a blob, with retries. The registry's word for it: one that keeps the
 * blob elsewhere leads there, and its store is not asked.
 */
export async function hasBlob(
  transport: RegistryTransport,
  path: string,
  digest: Digest,
): Promise<boolean> {
  return transport.retrying(async () => {
    const answer = await transport.request({
      method: 'HEAD',
      url: transport.urlOf(path, `blobs/${digest}`),
      access: { path, action: 'pull' },
      cap: { bytes: 0, over: 'cut' },
      storage: 'left',
    });
    if (answer.status === 404) return false;
    if (isRedirect(answer)) return true;
    if (answer.status !== 200) throw transport.statusError(answer);
    if (isWebPage(answer)) throw unexpected(transport, answer, 'a web page');
    const told = headerOf(answer, 'docker-content-digest');
    if (told === undefined || told === digest) return true;
    throw mismatch(transport, answer, `asked for ${digest}, told ${shown(told)}`);
  });
}

/** Uploads a small blob unless the repository has it (spec: end-4a, end-6), with retries. */
export async function uploadBlob(
  transport: RegistryTransport,
  path: string,
  bytes: Buffer,
): Promise<void> {
  const digest = digestOf(bytes);
  if (await hasBlob(transport, path, digest)) return;
  await transport.retrying(async () => {
    const begun = await push(transport, path, {
      ...{ method: 'POST', url: transport.urlOf(path, 'blobs/uploads/') },
    });
    const url = uploadUrlOf(begun);
    if (begun.status !== 202) throw transport.statusError(begun);
    if (url === undefined) throw unexpected(transport, begun, 'no place to upload to');
    url.searchParams.set('digest', digest);
    const done = await push(transport, path, { method: 'PUT', url, body: bytes });
    if (done.status !== 201) throw transport.statusError(done);
  });
}

/** Where an upload that was begun goes on; undefined where that is another host. */
export function uploadUrlOf(begun: Answer): URL | undefined {
  const upload = resolveUrl(headerOf(begun, 'location') ?? '', begun.url);
  // Behind a proxy that ends TLS, the same host is often named with another scheme.
  if (upload?.host !== begun.url.host) return undefined;
  return new URL(upload.pathname + upload.search, begun.url.origin);
}

function push(
  transport: RegistryTransport,
  path: string,
  request: { readonly method: 'POST' | 'PUT'; readonly url: URL; readonly body?: Buffer },
): Promise<Answer> {
  const cap = { bytes: transport.tuning.maxErrorBytes, over: 'cut' } as const;
  const headers = { 'content-type': 'application/octet-stream' };
  const sent = request.body === undefined ? request : { ...request, headers };
  return transport.request({ ...sent, access: { path, action: 'push' }, cap });
}
