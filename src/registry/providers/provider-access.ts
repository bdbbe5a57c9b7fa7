import type { ProviderSettings } from '../../config/settings';
import type { Secret } from '../../config/secret';
import type { CredentialQuery, CredentialSource } from '../credentials/credential';
import { RegistryError } from '../registry-error';

/** The header that one request is authorised with. */
export interface AccessHeader {
  readonly name: 'authorization' | 'private-token';
  readonly value: string;
}

export interface ProviderAccess {
  /**
   * For a request about this repository. With `refused`, which got a 401: a newer one, or the same
   * again when there is none. Throws `unauthorized` when there is nothing to ask with.
   */
  header(path: string, refused?: AccessHeader): Promise<AccessHeader>;
}

export interface Login {
  readonly username: string;
  readonly secret: Secret;
}

/** What the API is asked with: the provider's own token, or else the registry's credentials. */
export class ProviderAccount {
  constructor(
    private readonly registryId: string,
    private readonly provider: ProviderSettings,
    private readonly credentials: CredentialSource,
  ) {}

  /** The token, or else the password. Throws `unauthorized` when there is neither. */
  async secret(query: CredentialQuery): Promise<Secret> {
    const { token } = this.provider;
    if (token !== undefined) return token;
    const credential = await this.credentials.read(query);
    if (credential?.kind === 'password') return credential.password;
    throw this.lacks(`name a token in registries.${this.registryId}.provider.tokenFile`);
  }

  /** The user name of the registry's credentials, too. Throws `unauthorized` when there is none. */
  async login(query: CredentialQuery): Promise<Login> {
    const secret = await this.secret(query);
    const credential = await this.credentials.read(query);
    if (credential?.username !== undefined) return { username: credential.username, secret };
    throw this.lacks(`name its account in registries.${this.registryId}.auth.username`);
  }

  private lacks(advice: string): RegistryError {
    const { kind } = this.provider;
    const sentence = `There is nothing to ask the API of registry ${this.registryId} (${kind}) with: ${advice}.`;
    return new RegistryError('unauthorized', sentence, { retryable: true });
  }
}

/** Asks with the account itself: no token has to be fetched for it. */
export function directAccess(
  headerOf: (query: CredentialQuery) => Promise<AccessHeader>,
): ProviderAccess {
  return { header: (path, refused) => headerOf({ path, fresh: refused !== undefined }) };
}

/** `Authorization: Bearer <secret>` (RFC 6750). */
export function bearerAccess(account: ProviderAccount): ProviderAccess {
  return directAccess(async (query) => ({
    name: 'authorization',
    value: `Bearer ${(await account.secret(query)).reveal()}`,
  }));
}
