import type { RegistrySettings } from '../../config/settings';
import type { Clock } from '../../runtime/clock';
import type { Credential, CredentialSource } from './credential';
import { DockerConfigSource } from './docker-config';
import { PasswordFile } from './password-file';

/** Where the credential of a registry comes from by its settings. Reads nothing yet. */
export function credentialSourceOf(
  registry: Pick<RegistrySettings, 'id' | 'url' | 'credentials'>,
  clock: Clock,
): CredentialSource {
  const { credentials } = registry;
  if (credentials === undefined) return fixed(undefined);
  if (credentials.kind === 'docker-config')
    return DockerConfigSource.of(registry, credentials, clock);
  const { username, password, passwordFile } = credentials;
  if (passwordFile !== undefined) return PasswordFile.of(credentials, passwordFile, clock);
  return fixed({ kind: 'password', username, password });
}

function fixed(credential: Credential | undefined): CredentialSource {
  return { read: () => Promise.resolve(credential), fault: () => undefined };
}
