import { isTagName, parseTagName, type Digest, type TagName } from '../core/names';
import { type Answer, headersOf } from './answer';
import { readIndexEntries, type IndexEntry } from './answers.schema';
import type { Referrer } from './image-registry';
import { nextReferences } from './link';
import { findManifest, readManifest, unreadable } from './manifests';
import { OCI_INDEX } from './media-types';
import { isAllowedTarget, resolveUrl } from './redirects';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';
import { isUnknownRepository } from './status-errors';

/** Cosign names what it attaches after the image instead of using `subject`. */
const COSIGN_SUFFIXES = ['sig', 'att', 'sbom'] as const;
/** Statuses that say that the API is not there, whatever the body. */
const NO_API = new Set([400, 404, 405, 501]);
const MOST_PAGES = 100;

/** What refers to a manifest; see {@link ImageRegistry.listReferrers}. */
export async function listReferrers(
  transport: RegistryTransport,
  path: string,
  digest: Digest,
): Promise<readonly Referrer[]> {
  const [bySubject, byName] = await Promise.all([
    readBySubject(transport, path, digest),
    readCosignTags(transport, path, digest),
  ]);
  return [...bySubject, ...byName];
}

async function readBySubject(
  transport: RegistryTransport,
  path: string,
  digest: Digest,
): Promise<readonly Referrer[]> {
  const { referrers } = await transport.capabilities.all();
  if (referrers !== 'unsupported') {
    const listed = await readApi(transport, path, digest);
    if (listed !== undefined) return listed;
  }
  return readFallbackTag(transport, path, digest);
}

/** Undefined when the registry does not have the API (spec: 404). */
async function readApi(
  transport: RegistryTransport,
  path: string,
  digest: Digest,
): Promise<readonly Referrer[] | undefined> {
  const referrers: Referrer[] = [];
  let url: URL | undefined = transport.urlOf(path, `referrers/${digest}`);
  for (let pages = 0; url !== undefined; pages += 1) {
    if (pages === MOST_PAGES) throw tooMany(transport, path, digest);
    const answer = await askPage(transport, path, url);
    if (pages === 0 && NO_API.has(answer.status)) {
      if (isUnknownRepository(answer)) return undefined;
      await transport.capabilities.learn('referrers', 'unsupported');
      return undefined;
    }
    referrers.push(...takePage(transport, answer));
    url = nextPage(transport, answer);
  }
  await transport.capabilities.learn('referrers', 'works');
  return referrers;
}

function askPage(transport: RegistryTransport, path: string, url: URL): Promise<Answer> {
  return transport.retrying(() =>
    transport.request({
      method: 'GET',
      url,
      access: { path, action: 'pull' },
      headers: { accept: OCI_INDEX },
      cap: { bytes: transport.tuning.maxManifestBytes, over: 'answer-too-large' },
    }),
  );
}

function takePage(transport: RegistryTransport, answer: Answer): readonly Referrer[] {
  if (answer.status !== 200) throw transport.statusError(answer);
  const entries = readIndexEntries(answer.body);
  if (entries !== undefined) return entries.map(asReferrer);
  const sentence = `Registry ${transport.registry.id} answers the question for referrers with something that is no index.`;
  throw new RegistryError('unexpected-answer', sentence, { status: answer.status });
}

function nextPage(transport: RegistryTransport, answer: Answer): URL | undefined {
  const [reference] = headersOf(answer, 'link').flatMap((field) => nextReferences(field) ?? []);
  const next = reference === undefined ? undefined : resolveUrl(reference, answer.url);
  if (next === undefined) return undefined;
  const { id, redirects, url } = transport.registry;
  if (isAllowedTarget(next, url, redirects)) return next;
  const sentence = `Registry ${id} says that its list of referrers goes on at another host: refused; if that is meant to be, add the host to registries.${id}.redirects.`;
  throw new RegistryError('redirect-refused', sentence);
}

/** Where the API is not there clients keep an index under a tag named after the subject. */
async function readFallbackTag(
  transport: RegistryTransport,
  path: string,
  digest: Digest,
): Promise<readonly Referrer[]> {
  const tag = fallbackTagOf(digest);
  const manifest = await transport.retrying(() => readManifest(transport, path, tag));
  if (manifest === undefined) return [];
  const entries = readIndexEntries(manifest.bytes);
  if (entries === undefined) throw unreadable(transport, path, tag);
  return entries.map(asReferrer);
}

async function readCosignTags(
  transport: RegistryTransport,
  path: string,
  digest: Digest,
): Promise<readonly Referrer[]> {
  const found = await Promise.all(
    COSIGN_SUFFIXES.map(async (suffix): Promise<readonly Referrer[]> => {
      const tag = parseTagName(`${fallbackTagOf(digest)}.${suffix}`);
      const manifest = await transport.retrying(() => findManifest(transport, path, tag));
      return manifest === undefined ? [] : [{ ...manifest, artifactType: undefined, tag }];
    }),
  );
  return found.flat();
}

/** `sha256:<hex>` → `sha256-<hex>` (distribution-spec, referrers tag schema). */
export function fallbackTagOf(digest: Digest): TagName {
  const tag = digest.replace(':', '-');
  if (isTagName(tag)) return tag;
  throw new Error(`${digest} makes no tag`);
}

function asReferrer({ digest, mediaType, artifactType }: IndexEntry): Referrer {
  return { digest, mediaType, artifactType, tag: undefined };
}

function tooMany({ registry }: RegistryTransport, path: string, digest: Digest): RegistryError {
  const sentence = `The list of referrers of ${registry.id}/${path} ${digest} has more than ${MOST_PAGES} pages.`;
  return new RegistryError('listing-too-large', sentence);
}
