import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export const RECIPES = join(__dirname, '../../docs/recipes');

export type Variables = Readonly<Record<string, string>>;

export interface ShellOptions {
  readonly env?: Variables;
  readonly cwd?: string;
  /** `sh` unless given. */
  readonly shell?: string;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line with nothing in its environment but PATH and what is given. */
export async function runShell(
  command: string,
  { env = {}, cwd = RECIPES, shell = 'sh' }: ShellOptions = {},
): Promise<Ended> {
  const { PATH = '' } = process.env;
  const child = spawn(shell, ['-c', command], { cwd, env: { PATH, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { status: child.exitCode, stdout, stderr };
}

/** Programs that write down their arguments and then are curl and openssl. */
export function spyOnArguments(folder: string): { readonly path: string; read(): string } {
  const { PATH = '' } = process.env;
  const bin = join(folder, 'bin');
  const log = join(folder, 'arguments');
  mkdirSync(bin);
  writeFileSync(log, '');
  for (const program of ['cat', 'curl', 'grep', 'od', 'openssl', 'sed', 'tr']) {
    const file = join(bin, program);
    const real = `PATH='${PATH}' exec ${program} "$@"`;
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "${program} $*" >>'${log}'\n${real}\n`);
    chmodSync(file, 0o755);
  }
  return { path: `${bin}:${PATH}`, read: () => readFileSync(log, 'utf8') };
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface CannedAnswer {
  readonly status: number;
  readonly headers?: Variables;
  readonly body?: string;
}

export interface Front {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  stop(): Promise<void>;
}

/** A server that answers what it is told first, and then passes on everything to another one. */
export async function startFront(
  target: string,
  answerOf: (
    request: SeenRequest,
    index: number,
  ) => CannedAnswer | Promise<CannedAnswer | undefined> | undefined,
): Promise<Front> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
      const { method = '', url: path = '', headers } = request;
      const seen = { method, path, headers, body: Buffer.concat(chunks).toString() };
      requests.push(seen);
      const answer = (await answerOf(seen, requests.length - 1)) ?? (await passOn(target, seen));
      response.writeHead(answer.status, answer.headers).end(answer.body);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const PASSED_ON = [
  'authorization',
  'content-type',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
];

async function passOn(
  target: string,
  { method, path, headers, body }: SeenRequest,
): Promise<CannedAnswer> {
  const kept = PASSED_ON.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const init = {
    method,
    headers: Object.fromEntries(kept),
    ...(method === 'POST' ? { body } : {}),
  };
  const answer = await fetch(`${target}${path}`, init);
  return { status: answer.status, body: await answer.text() };
}
