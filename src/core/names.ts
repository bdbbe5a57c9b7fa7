import { DomainError } from './domain-error';

/**
 * Names as in the OCI distribution spec, as branded strings: text is parsed once at the edge,
 * and from there on the type says that it is legal.
 */

/** `local/gallery/ui`: the id of a configured registry, then the path inside it. */
export type RepositoryName = string & { readonly __brand: 'RepositoryName' };
export type TagName = string & { readonly __brand: 'TagName' };
/** `sha256:` and 64 hex digits in lower case; no other algorithm is accepted. */
export type Digest = string & { readonly __brand: 'Digest' };

// OCI distribution spec 1.1.1, "Pulling manifests": <name>, and the same grammar for each part.
const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY_PATH = new RegExp(`^${PATH_PART}(?:/${PATH_PART})*$`);
const REGISTRY_ID = /^[a-z0-9](?:[a-z0-9-]{0,62})$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MAX_PATH_LENGTH = 255;

/** The same grammars as regular expressions for documents; the lengths of paths are not in them. */
export const NAME_PATTERNS = {
  tag: TAG.source,
  tagOrDigest: '^(?:sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9._-]{0,127})$',
  reporter: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
  digest: DIGEST.source,
  registry: REGISTRY_ID.source,
  repository: `^[a-z0-9][a-z0-9-]{0,62}(?:/${PATH_PART})+$`,
  slug: `^[a-z0-9][a-z0-9-]{0,62}(?:~${PATH_PART})+$`,
} as const;

/** Whether the text may be the id of a registry in the configuration. */
export function isRegistryId(text: string): boolean {
  return REGISTRY_ID.test(text);
}

/** Whether the text is a legal tag (`[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`, anchored). */
export function isTagName(text: string): text is TagName {
  return TAG.test(text);
}

/** The text as a tag. Throws `tag-invalid`. */
export function parseTagName(text: string): TagName {
  if (isTagName(text)) return text;
  const grammar = '1 to 128 letters, digits, "_", "." and "-", not beginning with "." or "-"';
  throw new DomainError('tag-invalid', `${JSON.stringify(text)} is no legal tag: ${grammar}`);
}

/** Whether the text is a sha256 digest. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** The text as a digest. Throws `digest-invalid`. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const sentence = `${JSON.stringify(text)} is no digest: sha256: and 64 hex digits in lower case`;
  throw new DomainError('digest-invalid', sentence);
}

/** Whether the text is a legal repository path inside a registry, such as `gallery/ui`. */
export function isRepositoryPath(text: string): boolean {
  return text.length <= MAX_PATH_LENGTH && REPOSITORY_PATH.test(text);
}

/** Whether the text is `<registry id>/<path>`. */
export function isRepositoryName(text: string): text is RepositoryName {
  const slash = text.indexOf('/');
  return slash > 0 && isRegistryId(text.slice(0, slash)) && isRepositoryPath(text.slice(slash + 1));
}

/** The text as a repository. Throws `repository-invalid`. */
export function parseRepositoryName(text: string): RepositoryName {
  if (isRepositoryName(text)) return text;
  const sentence = `${JSON.stringify(text)} is no repository: <registry id>/<path>, such as local/gallery/ui`;
  throw new DomainError('repository-invalid', sentence);
}

/** Joins a registry id and a path; undefined when one of them is not legal. */
export function repositoryNameOf(registryId: string, path: string): RepositoryName | undefined {
  const name = `${registryId}/${path}`;
  return isRepositoryName(name) ? name : undefined;
}

/** `local/gallery/ui` → `local`. */
export function registryIdOf(repository: RepositoryName): string {
  return repository.slice(0, repository.indexOf('/'));
}

/** `local/gallery/ui` → `gallery/ui`. */
export function pathOf(repository: RepositoryName): string {
  return repository.slice(repository.indexOf('/') + 1);
}

/** `local/gallery/ui` → `local~gallery~ui`; `~` occurs in no name, and `%2F` breaks behind proxies. */
export function slugOf(repository: RepositoryName): string {
  return repository.replaceAll('/', '~');
}

/** The inverse of {@link slugOf}; undefined when the slug names no legal repository. */
export function repositoryOfSlug(slug: string): RepositoryName | undefined {
  const name = slug.replaceAll('~', '/');
  return !slug.includes('/') && isRepositoryName(name) ? name : undefined;
}
