import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginxBasics, nginxCommand, nginxFolders, type NginxProgram } from './find-nginx';
import { startLocalServer, type LocalServer } from './local-server';

export interface NginxOptions {
  readonly program: NginxProgram;
  /** Such as `http://127.0.0.1:5082`. */
  readonly upstream: string;
  /** PEM texts; nginx then speaks https. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The only account that may pass. */
  readonly account?: { readonly username: string; readonly password: string };
}

/** Starts nginx on 127.0.0.1 before another server. It ends with this process. */
export async function startNginx(options: NginxOptions): Promise<LocalServer> {
  const server = await startLocalServer('nginx', (port, folder) => {
    writeFileSync(join(folder, 'nginx.conf'), configuration(options, folder, port));
    return nginxCommand(options.program, folder);
  });
  const scheme = options.tls === undefined ? 'http' : 'https';
  return { ...server, url: server.url.replace(/^http/, scheme) };
}

function configuration(
  { upstream, tls, account }: NginxOptions,
  folder: string,
  port: number,
): string {
  writeFileSync(join(folder, 'srv.pem'), tls?.cert ?? '');
  writeFileSync(join(folder, 'srv.key'), tls?.key ?? '', { mode: 0o600 });
  writeFileSync(join(folder, 'users'), account === undefined ? '' : userLine(account));
  const secure = tls === undefined ? '' : 'ssl http2';
  const certificate =
    tls === undefined ? '' : 'ssl_certificate srv.pem; ssl_certificate_key srv.key;';
  const basic = account === undefined ? '' : 'auth_basic test; auth_basic_user_file users;';
  return `
${nginxBasics()}
http {
  access_log off; client_max_body_size 0; keepalive_requests 100000; ${nginxFolders(folder)}
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
