import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, findOnPath, isProgram, readOutput, type Attempt } from './programs';

const DOWNLOAD_MS = 120_000;
const LISTS_MS = 240_000;
const UNPACK_MS = 60_000;
const PROGRAM_FOLDERS = ['bin', 'sbin'];
const NETWORK = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];

/** The program of a Debian package that was unpacked before, if it was. */
export function findUnpackedProgram(packageName: string): string | undefined {
  return PROGRAM_FOLDERS.map((folder) => programPath(packageName, folder)).find(isProgram);
}

/**
 * Downloads a Debian package and unpacks it into the cache folder. Installs nothing and needs no
 * root. The value is the path of the program that bears the package's name.
 */
export async function unpackDebianPackage(packageName: string): Promise<Attempt<string>> {
  if (findOnPath('apt-get') === undefined || findOnPath('dpkg-deb') === undefined) {
    return { ok: false, reason: 'this is not a Debian or Ubuntu machine' };
  }
  const work = mkdtempSync(join(cacheFolder(), `${packageName}-`));
  try {
    return await downloadAndUnpack(packageName, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function downloadAndUnpack(packageName: string, work: string): Promise<Attempt<string>> {
  const downloaded = await download(packageName, work);
  if (!downloaded.ok) {
    return downloaded;
  }
  const unpacked = join(work, 'unpacked');
  const options = { timeoutMs: UNPACK_MS };
  const unpacking = await readOutput('dpkg-deb', ['-x', downloaded.value, unpacked], options);
  if (!unpacking.ok) {
    return unpacking;
  }
  const folder = packageFolder(packageName);
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(unpacked, folder);
  const program = findUnpackedProgram(packageName);
  return program === undefined
    ? { ok: false, reason: `the package ${packageName} has no program of its name` }
    : { ok: true, value: program };
}

/** The machine's own package lists may be empty or name files that are gone: then with fresh ones. */
async function download(packageName: string, work: string): Promise<Attempt<string>> {
  const asItIs = await downloadWith(NETWORK, packageName, work);
  if (asItIs.ok) {
    return asItIs;
  }
  const lists = privateLists();
  const update = await readOutput('apt-get', [...lists, 'update'], { timeoutMs: LISTS_MS });
  return update.ok ? downloadWith(lists, packageName, work) : update;
}

async function downloadWith(
  lists: readonly string[],
  packageName: string,
  work: string,
): Promise<Attempt<string>> {
  const options = { timeoutMs: DOWNLOAD_MS, cwd: work };
  const args = [...lists, 'download', packageName];
  const downloading = await readOutput('apt-get', args, options);
  if (!downloading.ok) {
    return downloading;
  }
  const file = readdirSync(work).find((name) => name.endsWith('.deb'));
  return file === undefined
    ? { ok: false, reason: `apt-get left no package file of ${packageName}` }
    : { ok: true, value: join(work, file) };
}

function privateLists(): readonly string[] {
  const apt = join(cacheFolder(), 'apt');
  mkdirSync(join(apt, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(apt, 'cache', 'archives', 'partial'), { recursive: true });
  const settings = [
    `Dir::State::Lists=${join(apt, 'lists')}`,
    `Dir::Cache=${join(apt, 'cache')}`,
    'Acquire::Languages=none',
  ];
  // As root, apt would fetch as its own user, who cannot enter the cache folder.
  const fetchUser = process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : [];
  return [...NETWORK, ...[...settings, ...fetchUser].flatMap((setting) => ['-o', setting])];
}

function programPath(packageName: string, folder: string): string {
  return join(packageFolder(packageName), 'usr', folder, packageName);
}

function packageFolder(packageName: string): string {
  return join(cacheFolder(), 'debian', packageName);
}
