import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findUnpackedProgram, unpackDebianPackage } from './debian-package';
import { findFreePort } from './distribution';
import { startGuarded } from './guarded-process';
import { becomesReachable } from './local-server';
import { findOnPath, type Attempt } from './programs';

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const;

/** nginx on the PATH, else the one in the cache folder. Installs nothing. */
export function findNginx(): string | undefined {
  return findOnPath('nginx') ?? findUnpackedProgram('nginx');
}

/** Finds nginx or unpacks Debian's package into the cache folder. */
export async function installNginx(): Promise<Attempt<string>> {
  const known = findNginx();
  return known === undefined ? unpackDebianPackage('nginx') : { ok: true, value: known };
}

export interface NginxOptions {
  readonly program: string;
  /** Such as `http://127.0.0.1:5082`. */
  readonly upstream: string;
  /** PEM texts; nginx then speaks https. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The only account that may pass. */
  readonly account?: { readonly username: string; readonly password: string };
}

export interface RunningNginx {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts nginx on 127.0.0.1 before another server. It ends with this process. */
export async function startNginx(options: NginxOptions): Promise<RunningNginx> {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-nginx-'));
  const port = await findFreePort();
  writeFileSync(join(folder, 'nginx.conf'), configuration(options, folder, port));
  const command = [options.program, '-p', folder, '-e', 'error.log', '-c', 'nginx.conf'];
  const guarded = startGuarded(command, folder);
  try {
    await becomesReachable(port, guarded, 'nginx');
  } catch (error) {
    await guarded.stop();
    throw error;
  }
  const scheme = options.tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://127.0.0.1:${port}`, stop: () => guarded.stop() };
}

function configuration(
  { upstream, tls, account }: NginxOptions,
  folder: string,
  port: number,
): string {
  mkdirSync(join(folder, 'tmp'));
  writeFileSync(join(folder, 'srv.pem'), tls?.cert ?? '');
  writeFileSync(join(folder, 'srv.key'), tls?.key ?? '', { mode: 0o600 });
  writeFileSync(join(folder, 'users'), account === undefined ? '' : userLine(account));
  const paths = TEMPORARY.map((name) => `${name}_temp_path tmp/${name};`).join(' ');
  const secure = tls === undefined ? '' : 'ssl http2';
  const certificate =
    tls === undefined ? '' : 'ssl_certificate srv.pem; ssl_certificate_key srv.key;';
  const basic = account === undefined ? '' : 'auth_basic test; auth_basic_user_file users;';
  // Started by root, its workers would be somebody who cannot enter the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
${user} pid nginx.pid; error_log error.log; daemon off; worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off; client_max_body_size 0; keepalive_requests 100000; ${paths}
  upstream registry { server ${new URL(upstream).host}; keepalive 16; }
  server {
    listen 127.0.0.1:${port} ${secure}; ${certificate} ${basic}
    location / {
      proxy_pass http://registry; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`;
}

/** nginx does not read bcrypt everywhere. */
function userLine({ username, password }: { username: string; password: string }): string {
  return `${username}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`;
}
