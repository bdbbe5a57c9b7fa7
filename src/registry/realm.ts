import type { RegistrySettings } from '../config/settings';
import { redactedUrl } from './answer';
import { isDockerHub } from './credentials/docker-hosts';
import { isAddress, isInsideAddress } from './inside-addresses';
import { RegistryError } from './registry-error';

const DOCKER_HUB_REALMS = ['auth.docker.io'];

/** A token service that may be asked. */
export interface Realm {
  readonly url: URL;
  /** Allowed by its name: what the name leads to is checked again when it is dialled. */
  readonly publicOnly: boolean;
}

/**
 * The realm of a challenge as a URL that may be dialled. Throws `redirect-refused` unless it is on
 * the registry's own host or an allowed one: whoever answers for the registry could otherwise have
 * the credential sent anywhere, or have Tagward call inside hosts.
 */
export function allowedRealm(registry: RegistrySettings, text: string): Realm {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refused(registry, 'no URL');
  if (url.protocol !== 'https:' && !isPlainAsItself(registry, url)) {
    throw refused(registry, `not https: ${redactedUrl(url)}`);
  }
  const isListed = isAllowed(registry, url);
  if (isListed && url.hostname !== registry.url.hostname) {
    return { url, publicOnly: !isAddress(url.hostname) };
  }
  if (url.hostname !== registry.url.hostname) {
    throw refused(registry, `on another host: ${redactedUrl(url)}`);
  }
  // Another port of an inside address is another service; a name may well have several.
  if (!isListed && url.host !== registry.url.host && isInsideAddress(url.hostname)) {
    throw refused(registry, `on another port of an inside address: ${redactedUrl(url)}`);
  }
  return { url, publicOnly: false };
}

function isPlainAsItself(registry: RegistrySettings, realm: URL): boolean {
  return realm.protocol === 'http:' && registry.url.protocol === 'http:';
}

/** Without a port an entry stands for the scheme's; an inside address is only allowed with its port. */
function isAllowed({ url, realms }: RegistrySettings, realm: URL): boolean {
  if (isDockerHub(url.host) && DOCKER_HUB_REALMS.includes(realm.host)) return true;
  const entry = realms.find((one) => hostOf(one, realm.protocol) === realm.host);
  if (entry === undefined) return false;
  return !isInsideAddress(realm.hostname) || /:\d+$/.test(entry);
}

/** An entry as a URL writes it. */
function hostOf(entry: string, protocol: string): string | undefined {
  const text = `${protocol}//${entry}/`;
  return URL.canParse(text) ? new URL(text).host : undefined;
}

function refused(registry: RegistrySettings, why: string): RegistryError {
  const { id } = registry;
  const sentence = `Registry ${id} names a token service (realm) that is ${why}. Tagward asks for tokens only on the host of registries.${id}.url and the hosts of registries.${id}.realms.`;
  return new RegistryError('redirect-refused', sentence);
}
