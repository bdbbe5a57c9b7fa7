import { Secret } from '../../config/secret';
import type { Credential } from './credential';
import type { Account } from './docker-config.schema';
import type { Reading } from './watched-file';

/**
 * The credential of an entry under `auths`; undefined when it holds none, as those that Docker
 * leaves behind when a helper keeps the secret. An identity token goes before a password.
 */
export function credentialOfAccount(account: Account): Reading<Credential | undefined> {
  const { auth, username, password, identitytoken } = account;
  const pair = auth === undefined ? undefined : decodePair(auth);
  if (identitytoken !== undefined) {
    const name = pair?.username ?? username;
    return {
      value: { kind: 'identity-token', username: name, token: identitytoken },
    };
  }
  if (pair !== undefined) {
    const { username: name, secret } = pair;
    return { value: { kind: 'password', username: name, password: secret } };
  }
  if (auth !== undefined) return { reason: 'holds an auth that is no base64 of user:password' };
  if (username === undefined || password === undefined) return { value: undefined };
  return { value: { kind: 'password', username, password } };
}

/** `user:password` in base64; the password may hold colons, and be padded with NUL by old clients. */
function decodePair(
  auth: Secret,
): { readonly username: string; readonly secret: Secret } | undefined {
  const encoded = auth.reveal();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon <= 0) return undefined;
  const password = text.slice(colon + 1).replace(/\0+$/, '');
  return { username: text.slice(0, colon), secret: new Secret(password) };
}
