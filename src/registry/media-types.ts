export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** The manifests that Tagward reads: OCI and Docker, single images and lists of them. */
const MANIFEST_MEDIA_TYPES = [
  OCI_INDEX,
  OCI_MANIFEST,
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;
const READ: ReadonlySet<string> = new Set(MANIFEST_MEDIA_TYPES);

/**
 * Always the whole list: Distribution 2.8 answers 404 to a request for an index that does not name
 * its type, and others convert an index to one of its children.
 */
export const MANIFEST_ACCEPT = MANIFEST_MEDIA_TYPES.join(', ');

/** `application/json; charset=utf-8` → `application/json`; undefined when there is no type. */
export function mediaTypeOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined) return undefined;
  const end = contentType.indexOf(';');
  const type = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return type === '' ? undefined : type;
}

/** Whether it is the type of a manifest that Tagward reads. */
export function isReadManifest(mediaType: string): boolean {
  return READ.has(mediaType);
}

/** Whether the type says what the manifest is; `application/json` and `text/plain` do not. */
export function isManifestMediaType(mediaType: string): boolean {
  return /^application\/vnd\.[a-z0-9.+-]+$/.test(mediaType);
}

export function isHtml(mediaType: string | undefined): boolean {
  return mediaType === 'text/html' || mediaType === 'application/xhtml+xml';
}
