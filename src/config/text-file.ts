import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { getSystemErrorMap } from 'node:util';

/** A file's text, or the reason for which it cannot be read. */
export type FileText = { readonly text: string } | { readonly reason: string };

/** Reads a file as UTF-8. Never throws. */
export function readTextFile(path: string): FileText {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

/** A path of the configuration as an absolute one: relative to `folder`, `~/` is the home folder. */
export function resolvePath(path: string, folder: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(folder, path);
}

/** `no such file or directory (ENOENT)`: Node's own message repeats the call and the path. */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'for an unknown reason';
  const errno: unknown = Reflect.get(error, 'errno');
  const known = typeof errno === 'number' ? getSystemErrorMap().get(errno) : undefined;
  return known === undefined ? 'this is no path of a file' : `${known[1]} (${known[0]})`;
}
