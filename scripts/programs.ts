import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What came of an attempt: the value, or one clause that says why there is none. */
export type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

interface ProgramOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Where programs for tests and benchmarks are kept between runs and clones. Created when missing. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? '';
  const folder = join(base === '' ? join(homedir(), '.cache') : base, 'tagward');
  mkdirSync(folder, { recursive: true });
  return folder;
}

export function findOnPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Runs a program to its end; the value is its standard output. Never throws. */
export function readOutput(
  command: string,
  args: readonly string[],
  { timeoutMs, cwd, env }: ProgramOptions,
): Promise<Attempt<string>> {
  const options = {
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  };
  return new Promise((resolve) => {
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ ok: true, value: stdout });
        return;
      }
      const why = error.killed === true ? `no end after ${timeoutMs / 1000} s` : lastLine(stderr);
      resolve({ ok: false, reason: `${command}: ${why ?? error.message}` });
    });
  });
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1)?.trim() ?? undefined;
}
