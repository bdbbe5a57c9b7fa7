import type { Secret } from '../../config/secret';

/** What an account proves itself with. */
export type Credential = PasswordCredential | IdentityTokenCredential;

export interface PasswordCredential {
  readonly kind: 'password';
  readonly username: string;
  readonly password: Secret;
}

/** What Docker calls an identity token: a refresh token of OAuth 2, for the token service only. */
export interface IdentityTokenCredential {
  readonly kind: 'identity-token';
  readonly username: string | undefined;
  readonly token: Secret;
}

export interface CredentialQuery {
  /** The repository, since an `auth.json` may have an account for each. */
  readonly path?: string | undefined;
  /** Looks again where something may have changed: the last answer has been refused. */
  readonly fresh?: boolean;
}

/** Where the credential of one registry comes from. */
export interface CredentialSource {
  /**
   * The credential as it is now; undefined when there is none. What was read last serves on while
   * nothing newer can be read. Throws `unauthorized` when nothing was ever read.
   */
  read(query?: CredentialQuery): Promise<Credential | undefined>;

  /** Why nothing newer than the last answer can be read, or nothing was found; for messages. */
  fault(): string | undefined;
}

/** Two of none are the same, too. */
export function isSameCredential(
  one: Credential | undefined,
  other: Credential | undefined,
): boolean {
  return (
    one?.kind === other?.kind && one?.username === other?.username && textOf(one) === textOf(other)
  );
}

/** `Basic <base64 of user:password>` (RFC 7617), in UTF-8. */
export function basicAuthorization(username: string, password: Secret): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

function textOf(credential: Credential | undefined): string | undefined {
  if (credential === undefined) return undefined;
  return (credential.kind === 'password' ? credential.password : credential.token).reveal();
}
