import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  findUnpackedProgram,
  unpackDebianLibraries,
  unpackDebianPackage,
  unpackedLibraryFolders,
} from './debian-package';
import type { FoundTool } from './found-registries';
import { findOnPath, readOutput, type Attempt } from './programs';

/** Which of them holds the program depends on the release. */
const PACKAGES = ['nginx', 'nginx-light', 'nginx-core'];
const CHECK_MS = 10_000;

export interface NginxProgram {
  readonly path: string;
  /** Folders of shared libraries that the machine lacks. */
  readonly libraries: readonly string[];
}

/** Finds an nginx that runs here, or unpacks Debian's into the cache folder. */
export async function installNginx(): Promise<FoundTool> {
  const name = 'nginx';
  const found = await firstThatRuns();
  if (!found.ok) return { name, available: false, reason: found.reason };
  return { name, available: true, version: await versionOf(found.value), ...found.value };
}

/** It goes to standard error. */
async function versionOf(program: NginxProgram): Promise<string> {
  const command = [...nginxCommand(program, tmpdir()), '-v'];
  const args = ['-c', 'exec "$@" 2>&1', 'sh', ...command];
  const said = await readOutput('sh', args, { timeoutMs: CHECK_MS });
  return (said.ok ? /nginx\/(\d+\.\d+\.\d+)/.exec(said.value)?.[1] : undefined) ?? 'unknown';
}

async function firstThatRuns(): Promise<Attempt<NginxProgram>> {
  const installed = findOnPath('nginx');
  const known = installed === undefined ? undefined : { path: installed, libraries: [] };
  const reasons: string[] = [];
  for (const program of [known, ...PACKAGES.map(unpackedBefore)]) {
    if (program === undefined) {
      continue;
    }
    const runs = await nginxRuns(program);
    if (runs.ok) {
      return runs;
    }
    reasons.push(runs.reason);
  }
  const unpacked = await unpackNginx();
  return unpacked.ok
    ? unpacked
    : { ok: false, reason: [...new Set([...reasons, unpacked.reason])].join('; ') };
}

function unpackedBefore(packageName: string): NginxProgram | undefined {
  const path = findUnpackedProgram(packageName, 'nginx');
  return path === undefined ? undefined : { path, libraries: unpackedLibraryFolders(packageName) };
}

async function unpackNginx(): Promise<Attempt<NginxProgram>> {
  console.log("  unpacking Debian's nginx into the cache folder");
  const reasons: string[] = [];
  for (const packageName of PACKAGES) {
    const unpacked = await unpackDebianPackage(packageName, 'nginx');
    if (unpacked.ok) {
      return withLibraries(packageName, unpacked.value);
    }
    reasons.push(unpacked.reason);
  }
  return { ok: false, reason: [...new Set(reasons)].join('; ') };
}

/** A small machine has not even the libraries that every other one has, such as OpenSSL's. */
async function withLibraries(packageName: string, path: string): Promise<Attempt<NginxProgram>> {
  const alone = await nginxRuns({ path, libraries: [] });
  if (alone.ok) {
    return alone;
  }
  const unpacked = await unpackDebianLibraries(packageName);
  return unpacked.ok
    ? nginxRuns({ path, libraries: unpackedLibraryFolders(packageName) })
    : { ok: false, reason: `${alone.reason}; ${unpacked.reason}` };
}

/** Has it read a file with all that the tests use; versions before 1.19.5 know no `-e`. */
export async function nginxRuns(program: NginxProgram): Promise<Attempt<NginxProgram>> {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-nginx-'));
  const text = `${nginxBasics()} http { ${nginxFolders(folder)} ssl_protocols TLSv1.2; auth_basic off; }\n`;
  writeFileSync(join(folder, 'nginx.conf'), text);
  try {
    const [command, ...args] = [...nginxCommand(program, folder), '-t'];
    const said = await readOutput(command, args, { timeoutMs: CHECK_MS });
    return said.ok
      ? { ok: true, value: program }
      : { ok: false, reason: `${program.path} does not run here (${said.reason})` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs nginx with the file nginx.conf of a folder, and leaves everything else there too. */
export function nginxCommand({ path, libraries }: NginxProgram, folder: string): readonly string[] {
  const found = process.env['LD_LIBRARY_PATH'] ?? '';
  const all = [...libraries, ...(found === '' ? [] : [found])].join(delimiter);
  const loader = libraries.length === 0 ? [] : ['env', `LD_LIBRARY_PATH=${all}`];
  return [...loader, path, '-p', folder, '-e', 'error.log', '-c', 'nginx.conf'];
}

export function nginxBasics(): string {
  // Started by root, its workers would be somebody who cannot enter the folder.
  const user = process.getuid?.() === 0 ? 'user root; ' : '';
  const alone = 'pid nginx.pid; error_log error.log; daemon off; worker_processes 1;';
  return `${user}${alone} events { worker_connections 1024; }`;
}

/** Makes the folder for bodies, and answers the lines that lead there. */
export function nginxFolders(folder: string): string {
  mkdirSync(join(folder, 'tmp'));
  const names = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return names.map((name) => `${name}_temp_path tmp/${name};`).join(' ');
}
