export interface DistributionOptions {
  /** Default true. Even then version 2.8 deletes manifests only, never a tag. */
  readonly deletes?: boolean;
  /** A folder of the caller's, kept on stop. Without it a temporary one, removed on stop. */
  readonly storageDir?: string;
  /** Puts the temporary folder into memory where the machine has such a file system. */
  readonly inMemory?: boolean;
  /** The lines of an htpasswd file; bcrypt only. */
  readonly htpasswd?: string;
  readonly token?: TokenAuth;
  /** Default: a free port. */
  readonly port?: number;
  /** The webhook endpoint that gets the registry's events. */
  readonly notifications?: { readonly url: string; readonly token: string };
}

export interface TokenAuth {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The certificates that vouch for tokens, PEM. */
  readonly certificates: string;
}

/** Where one start keeps its files, and the address it listens on. */
export interface DistributionPlace {
  readonly address: string;
  readonly storageDir: string;
  readonly htpasswdFile: string;
  readonly certificatesFile: string;
}

/** The configuration of Distribution 2.8 and 3.x as JSON, which is YAML too. */
export function distributionConfig(
  options: DistributionOptions,
  { address, storageDir, htpasswdFile, certificatesFile }: DistributionPlace,
): string {
  const { htpasswd, token, notifications } = options;
  const auth = {
    ...(htpasswd === undefined ? {} : { htpasswd: { realm: 'test', path: htpasswdFile } }),
    ...(token === undefined ? {} : { token: tokenAuth(token, certificatesFile) }),
  };
  return JSON.stringify({
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storageDir },
      cache: { blobdescriptor: 'inmemory' },
      delete: { enabled: options.deletes ?? true },
    },
    http: { addr: address, secret: 'test' },
    ...(Object.keys(auth).length === 0 ? {} : { auth }),
    ...(notifications === undefined ? {} : { notifications: endpoints(notifications) }),
  });
}

function tokenAuth({ realm, service, issuer }: TokenAuth, rootcertbundle: string): object {
  return { realm, service, issuer, rootcertbundle };
}

function endpoints({ url, token }: { readonly url: string; readonly token: string }): object {
  const headers = { Authorization: [`Bearer ${token}`] };
  return {
    endpoints: [{ name: 'tagward', url, headers, timeout: '1s', threshold: 5, backoff: '1s' }],
  };
}
