import { z } from 'zod';
import { DomainError } from '../core/domain-error';
import type { ManifestLinks } from '../core/inventory';
import { type Digest, isDigest, type RepositoryName } from '../core/names';
import type { Manifest, ManifestDescriptor } from '../registry/image-registry';

const INDEX_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

const DigestText = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));
const Subject = z.object({ digest: DigestText }).optional();
const Child = z.object({ digest: DigestText, mediaType: z.string().default('') });
const IndexLinks = z.object({ manifests: z.array(Child), subject: Subject });
const ImageLinks = z.object({ manifests: z.undefined().catch(undefined), subject: Subject });

/** What a manifest refers to, with the media types of what an index lists. */
export interface ReadLinks extends ManifestLinks {
  readonly listed: readonly ManifestDescriptor[];
}

export function isIndex({ mediaType }: ManifestDescriptor): boolean {
  return INDEX_TYPES.has(mediaType);
}

/**
 * Reads what a manifest refers to. Throws `inventory-unreadable`: what cannot be read may refer to
 * anything, so nothing may go.
 */
export function readLinks(repository: RepositoryName, manifest: Manifest): ReadLinks {
  const value = parseJson(manifest.bytes);
  const parsed = isIndex(manifest) ? IndexLinks.safeParse(value) : ImageLinks.safeParse(value);
  if (!parsed.success) {
    const sentence = `the manifest ${manifest.digest} of ${repository} cannot be read, so nothing may be pruned`;
    throw new DomainError('inventory-unreadable', sentence, { cause: parsed.error });
  }
  const { manifests = [], subject } = parsed.data;
  const children = manifests.map(({ digest }) => digest);
  return { children, listed: manifests, subject: subject?.digest };
}

/** The bytes match their digest, so what is no JSON here was pushed so: it fails the schema. */
function parseJson(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return value;
  } catch {
    return undefined;
  }
}
