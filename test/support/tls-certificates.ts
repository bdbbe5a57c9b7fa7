import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts of an authority of the test's own and of a server certificate that it signed. */
export interface PrivateAuthority {
  readonly ca: string;
  /** For `localhost` and 127.0.0.1. */
  readonly cert: string;
  readonly key: string;
}

export type Authority =
  | { readonly available: true; readonly authority: PrivateAuthority }
  | { readonly available: false; readonly reason: string };

/** Makes a private authority with openssl, or says why that is not possible here. */
export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-tls-'));
  try {
    return { available: true, authority: generate(folder) };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { available: false, reason: `openssl: ${reason}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function generate(folder: string): PrivateAuthority {
  const openssl = (...parts: string[]): void => {
    execFileSync('openssl', parts, { cwd: folder, stdio: 'pipe' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    ...['req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2'],
    ...['-subj', '/CN=Tagward test authority', '-addext', 'keyUsage=keyCertSign'],
  );
  openssl('req', ...key, '-keyout', 'srv.key', '-out', 'srv.csr', '-subj', '/CN=localhost');
  openssl(
    ...['x509', '-req', '-in', 'srv.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-out', 'srv.pem', '-days', '2', '-extfile', 'names'],
  );
  return { ca: read('ca.pem'), cert: read('srv.pem'), key: read('srv.key') };
}
