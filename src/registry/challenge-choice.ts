import { BlockList, isIP } from 'node:net';
import type { RegistrySettings } from '../config/settings';
import { headersOf, redactedUrl, type Answer } from './answer';
import { RegistryError } from './registry-error';
import { parseChallenges } from './www-authenticate';

export interface BearerScheme {
  readonly kind: 'bearer';
  readonly realm: URL;
  readonly service: string | undefined;
}

export type AuthScheme = { readonly kind: 'basic' } | BearerScheme;

export interface ChosenChallenge {
  readonly scheme: AuthScheme;
  /** The scopes of a Bearer challenge, as the registry wrote them. */
  readonly scopes: readonly string[];
}

/** Addresses that a public registry must not send Tagward to. */
const INSIDE = insideAddresses();

/**
 * The challenge to meet: Bearer before Basic; undefined when the answer has neither. Throws
 * `redirect-refused` when the realm is not on the registry's own host: whoever answers for the
 * registry could otherwise have the credential sent anywhere, or have Tagward call inside hosts.
 */
export function chooseChallenge(
  registry: RegistrySettings,
  answer: Answer,
): ChosenChallenge | undefined {
  const challenges = parseChallenges(headersOf(answer, 'www-authenticate'));
  const bearer = challenges.find(
    ({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'),
  );
  if (bearer !== undefined) {
    const scopes = (bearer.parameters.get('scope') ?? '').split(/\s+/).filter((one) => one !== '');
    const realm = allowedRealm(registry, bearer.parameters.get('realm') ?? '');
    const service = bearer.parameters.get('service');
    return { scheme: { kind: 'bearer', realm, service }, scopes };
  }
  const basic = challenges.some(({ scheme }) => scheme === 'basic');
  return basic ? { scheme: { kind: 'basic' }, scopes: [] } : undefined;
}

function allowedRealm(registry: RegistrySettings, text: string): URL {
  const realm = URL.canParse(text) ? new URL(text) : undefined;
  if (realm === undefined) throw refused(registry, 'no URL');
  if (realm.protocol !== 'https:' && !isPlainAsItself(registry, realm)) {
    throw refused(registry, `not https: ${redactedUrl(realm)}`);
  }
  if (realm.hostname !== registry.url.hostname) {
    throw refused(registry, `on another host: ${redactedUrl(realm)}`);
  }
  // Another port of an inside address is another service; a name may well have several.
  if (realm.host !== registry.url.host && isInside(realm.hostname)) {
    throw refused(registry, `on another port of an inside address: ${redactedUrl(realm)}`);
  }
  return realm;
}

function isPlainAsItself(registry: RegistrySettings, realm: URL): boolean {
  return realm.protocol === 'http:' && registry.url.protocol === 'http:';
}

function isInside(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  return family !== 0 && INSIDE.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function insideAddresses(): BlockList {
  const list = new BlockList();
  list.addSubnet('0.0.0.0', 8);
  list.addSubnet('10.0.0.0', 8);
  list.addSubnet('100.64.0.0', 10);
  list.addSubnet('127.0.0.0', 8);
  list.addSubnet('169.254.0.0', 16);
  list.addSubnet('172.16.0.0', 12);
  list.addSubnet('192.168.0.0', 16);
  list.addSubnet('::', 127, 'ipv6');
  list.addSubnet('fc00::', 7, 'ipv6');
  list.addSubnet('fe80::', 10, 'ipv6');
  return list;
}

function refused(registry: RegistrySettings, why: string): RegistryError {
  const sentence = `Registry ${registry.id} names a token service (realm) that is ${why}. Tagward asks for tokens only on the host of registries.${registry.id}.url.`;
  return new RegistryError('redirect-refused', sentence);
}
