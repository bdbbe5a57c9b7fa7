import { RegistryError } from '../registry-error';

/** An image's path as products see it: `library/a/ui` is `a/ui` of `library`. */
export interface OwnedPath {
  /** Namespace, project or owner: the first part. */
  readonly owner: string;
  /** What is left, with its slashes. */
  readonly name: string;
}

/** The path in two. Throws `unsupported` when it has no slash: nobody owns such an image there. */
export function ownedPath(registryId: string, path: string): OwnedPath {
  const slash = path.indexOf('/');
  if (slash > 0) return { owner: path.slice(0, slash), name: path.slice(slash + 1) };
  throw pathError(registryId, path, 'which begins with no owner');
}

/** For a path that the product cannot have; check that registries.<id>.provider.kind is right. */
export function pathError(registryId: string, path: string, why: string): RegistryError {
  const sentence = `The API of registry ${registryId} has no repository ${path}, ${why}; check registries.${registryId}.provider.kind.`;
  return new RegistryError('unsupported', sentence);
}
