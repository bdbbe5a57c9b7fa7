import { createHash } from 'node:crypto';
import { type Digest, isDigest, parseDigest, type TagName } from '../core/names';
import { type Answer, headerOf, redactedUrl } from './answer';
import { readManifestBody } from './answers.schema';
import type { Manifest, ManifestDescriptor } from './image-registry';
import { isHtml, isManifestMediaType, MANIFEST_ACCEPT, mediaTypeOf } from './media-types';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';

type Reference = TagName | Digest;

/** One try to find out what a reference points at. */
export async function findManifest(
  transport: RegistryTransport,
  path: string,
  reference: Reference,
): Promise<ManifestDescriptor | undefined> {
  const answer = await transport.request({
    method: 'HEAD',
    url: transport.urlOf(path, `manifests/${reference}`),
    access: { path, action: 'pull' },
    headers: { accept: MANIFEST_ACCEPT },
    cap: { bytes: 0, over: 'cut' },
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw transport.statusError(answer);
  const mediaType = mediaTypeOf(headerOf(answer, 'content-type'));
  if (isHtml(mediaType)) throw unexpected(transport, answer, 'a web page');
  const digest = headerOf(answer, 'docker-content-digest');
  if (digest !== undefined && isDigest(reference) && digest !== reference) {
    throw mismatch(transport, answer, `asked for ${reference}, told ${shown(digest)}`);
  }
  if (digest === undefined || !isDigest(digest) || !isKnown(mediaType)) {
    // The specification only recommends these headers: the bytes themselves tell.
    return readManifest(transport, path, reference);
  }
  return { digest, mediaType };
}

/** One try to read a manifest; undefined when it is not there. */
export async function readManifest(
  transport: RegistryTransport,
  path: string,
  reference: Reference,
): Promise<Manifest | undefined> {
  const answer = await transport.request({
    method: 'GET',
    url: transport.urlOf(path, `manifests/${reference}`),
    access: { path, action: 'pull' },
    headers: { accept: MANIFEST_ACCEPT },
    cap: { bytes: transport.tuning.maxManifestBytes, over: 'answer-too-large' },
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw transport.statusError(answer);
  return manifestOf(transport, answer, reference);
}

/** One try to read a manifest; throws `manifest-unknown` when it is not there. */
export async function getManifest(
  transport: RegistryTransport,
  path: string,
  reference: Reference,
): Promise<Manifest> {
  const manifest = await readManifest(transport, path, reference);
  if (manifest !== undefined) return manifest;
  const { id } = transport.registry;
  const sentence = `Registry ${id} does not have ${path} ${reference} (404).`;
  throw new RegistryError('manifest-unknown', sentence, { status: 404 });
}

function manifestOf(transport: RegistryTransport, answer: Answer, reference: Reference): Manifest {
  const bytes = answer.body;
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  const contentType = mediaTypeOf(headerOf(answer, 'content-type'));
  if (isHtml(contentType)) throw unexpected(transport, answer, 'a web page');
  if (isDigest(reference) && digest !== reference) {
    throw mismatch(transport, answer, `asked for ${reference}, got bytes of ${digest}`);
  }
  const told = headerOf(answer, 'docker-content-digest');
  if (told !== undefined && told !== digest) {
    throw mismatch(transport, answer, `told ${shown(told)}, got bytes of ${digest}`);
  }
  // The registry says what it is, and that it is what was stored: there is nothing to look up.
  if (isKnown(contentType) && told === digest) return { digest, mediaType: contentType, bytes };
  const body = readManifestBody(bytes);
  if (body === undefined) throw unexpected(transport, answer, 'no JSON object');
  const mediaType = isKnown(contentType) ? contentType : body.mediaType?.toLowerCase();
  if (!isKnown(mediaType)) throw unexpected(transport, answer, 'no manifest');
  return { digest, mediaType, bytes };
}

function isKnown(mediaType: string | undefined): mediaType is string {
  return mediaType !== undefined && isManifestMediaType(mediaType);
}

/** Bytes or a digest that are not what was asked for: retryable, as after a reset. */
export function mismatch(
  transport: RegistryTransport,
  answer: Answer,
  what: string,
): RegistryError {
  const sentence = `Registry ${transport.registry.id} answered ${answer.method} ${redactedUrl(answer.url)} with another digest: ${what}.`;
  return new RegistryError('digest-mismatch', sentence, {
    status: answer.status,
    retryable: true,
  });
}

/** A manifest whose entries cannot be read: it may hold anything in place. */
export function unreadable(
  { registry: { id } }: RegistryTransport,
  path: string,
  reference: Reference,
): RegistryError {
  const sentence = `${id}/${path} ${reference} lists other manifests in a way that cannot be read; nothing that it may refer to can be deleted.`;
  return new RegistryError('unexpected-answer', sentence);
}

/** Whether who answered is a proxy or a login page: registries say nothing in HTML, or the digest. */
export function isWebPage(answer: Answer): boolean {
  const isNamed = headerOf(answer, 'docker-content-digest') !== undefined;
  return !isNamed && isHtml(mediaTypeOf(headerOf(answer, 'content-type')));
}

export function unexpected(
  transport: RegistryTransport,
  answer: Answer,
  what: string,
): RegistryError {
  const { id } = transport.registry;
  const sentence = `Registry ${id} answered ${answer.method} ${redactedUrl(answer.url)} with ${what}; check registries.${id}.url.`;
  return new RegistryError('unexpected-answer', sentence, { status: answer.status });
}

/** A header may hold anything. */
export function shown(digest: string): string {
  return isDigest(digest) ? digest : 'something that is no sha256 digest';
}
