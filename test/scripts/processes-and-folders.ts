import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

const OWN_FOLDER = /\/tagward-[a-z]+-[A-Za-z0-9]+$/;

/** Every process below a process of this machine; none where there is no /proc. */
export function processesBelow(parent: number): readonly number[] {
  const parents = new Map(runningProcesses().map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: number): boolean => {
    const above = parents.get(pid);
    return above !== undefined && (above === parent || isBelow(above));
  };
  return [...parents.keys()].filter(isBelow);
}

/** One that has ended stays listed as Z until its parent, often the first process, asks for it. */
export function isRunning(pid: number): boolean {
  const [state = ''] = afterName(pid);
  return state !== '' && state !== 'Z';
}

/** The temporary folders that the processes were started with. */
export function foldersOf(pids: readonly number[]): readonly string[] {
  const words = pids.flatMap((pid) => read(`/proc/${pid}/cmdline`).split('\0'));
  const folders = words.filter((word) => OWN_FOLDER.test(word) && isFolder(word));
  return [...new Set(folders)];
}

function runningProcesses(): readonly number[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function parentOf(pid: number): number | undefined {
  const [, parent] = afterName(pid);
  return parent === undefined ? undefined : Number(parent);
}

/** The name in parentheses may hold anything; after it come the state and the parent. */
function afterName(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** A process may end while its files are read. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
