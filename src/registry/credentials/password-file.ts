import { Secret } from '../../config/secret';
import type { PasswordCredentials } from '../../config/settings';
import type { Clock } from '../../runtime/clock';
import type { CredentialQuery, CredentialSource, PasswordCredential } from './credential';
import { type Reading, WatchedFile } from './watched-file';

const MAX_BYTES = 64 * 1024;

/** A password that stands in a file and changes there, such as the 12-hour tokens of ECR. */
export class PasswordFile implements CredentialSource {
  constructor(
    private readonly username: string,
    private readonly path: string,
    private readonly file: WatchedFile<Secret>,
  ) {}

  /** Starts from the password of the settings, which was read from the file at start. */
  static of(settings: PasswordCredentials, path: string, clock: Clock): PasswordFile {
    const { username, password } = settings;
    const options = { path, maxBytes: MAX_BYTES, clock, parse: parsePassword, initial: password };
    return new PasswordFile(username, path, new WatchedFile(options));
  }

  async read({ fresh = false }: CredentialQuery = {}): Promise<PasswordCredential | undefined> {
    const found = await this.file.read(fresh);
    if ('reason' in found) return undefined;
    return { kind: 'password', username: this.username, password: found.value };
  }

  fault(): string | undefined {
    const reason = this.file.fault();
    return reason === undefined ? undefined : `${this.path} ${reason}`;
  }
}

function parsePassword(text: string): Reading<Secret> {
  const password = text.replace(/\r?\n$/, '');
  return password === '' ? { reason: 'is empty' } : { value: new Secret(password) };
}
