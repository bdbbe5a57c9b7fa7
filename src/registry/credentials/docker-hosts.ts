/** Docker Hub has several names, and its own key in every `config.json`. */
const HUB_KEY = 'https://index.docker.io/v1/';
const HUB_HOSTS = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** A host, and the part of its repositories that an entry is for; the empty one is for all. */
interface Place {
  readonly host: string;
  readonly path: string;
}

export function isDockerHub(hostname: string): boolean {
  return HUB_HOSTS.has(hostname);
}

/** What credential helpers know a registry by. `host` is with a port where the URL has one. */
export function helperKeyOf(host: string): string {
  return isDockerHub(host) ? HUB_KEY : host;
}

/** The value of a host by keys such as `host`, `https://host/v1/`; the plain one goes first. */
export function findByHost<T>(values: ReadonlyMap<string, T>, host: string): T | undefined {
  return (
    values.get(host) ??
    [...values].find(([key]) => isSamePlace(placeOf(key), { host, path: '' }))?.[1]
  );
}

/**
 * The values for a repository, closest first: `host/ns/repo`, `host/ns`, `host`. Without a
 * repository only those for the whole host.
 */
export function listByPrefix<T>(
  values: ReadonlyMap<string, T>,
  host: string,
  repository: string | undefined,
): readonly (readonly [key: string, value: T])[] {
  return [...values]
    .map(([key, value]) => ({ key, value, place: placeOf(key) }))
    .filter(({ place }) => isHost(place.host, host) && isWithin(repository, place.path))
    .sort((one, other) => rank(other, host) - rank(one, host))
    .map(({ key, value }) => [key, value]);
}

/** Old keys are URLs of an API; those of containers are parts of an image's name. */
function placeOf(key: string): Place {
  const plain = key.replace(/^https?:\/\//i, '');
  const [host = '', ...parts] = plain.split('/').filter((part) => part !== '');
  const isApi = plain !== key || /^v[12]$/.test(parts.join('/'));
  return { host: host.toLowerCase(), path: isApi ? '' : parts.join('/') };
}

function isSamePlace(one: Place, other: Place): boolean {
  return isHost(one.host, other.host) && one.path === other.path;
}

function isHost(one: string, other: string): boolean {
  return one === other || (isDockerHub(one) && isDockerHub(other));
}

function isWithin(repository: string | undefined, prefix: string): boolean {
  if (prefix === '') return true;
  return repository !== undefined && `${repository}/`.startsWith(`${prefix}/`);
}

/** The longest path first; of the same length the key that is spelt like the host. */
function rank(
  { key, place }: { readonly key: string; readonly place: Place },
  host: string,
): number {
  return place.path.length * 2 + (key === host ? 1 : 0);
}
