import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, findOnPath, isProgram, readOutput, type Attempt } from './programs';

const DOWNLOAD_MS = 120_000;
const LISTS_MS = 240_000;
const UNPACK_MS = 60_000;
const PROGRAM_FOLDERS = ['bin', 'sbin'];
/** Beside the unpacked files: what `Depends` says. */
const DEPENDENCIES = 'tagward-depends';
const NETWORK = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];

/** The program of a Debian package that was unpacked before, if it was. */
export function findUnpackedProgram(packageName: string, name = packageName): string | undefined {
  const folder = packageFolder(packageName);
  return PROGRAM_FOLDERS.map((place) => join(folder, 'usr', place, name)).find(isProgram);
}

/**
 * Downloads a Debian package and unpacks it into the cache folder. Installs nothing and needs no
 * root. The value is the path of the program, which bears the package's name unless told otherwise.
 */
export async function unpackDebianPackage(
  packageName: string,
  name = packageName,
): Promise<Attempt<string>> {
  const unpacked = await unpack(packageName);
  if (!unpacked.ok) {
    return unpacked;
  }
  const program = findUnpackedProgram(packageName, name);
  return program === undefined
    ? { ok: false, reason: `the package ${packageName} has no program ${name}` }
    : { ok: true, value: program };
}

/**
 * Unpacks the libraries that an unpacked package names as its dependencies, and those that they
 * name. Leaves the C library out: it has to fit the machine's own loader.
 */
export async function unpackDebianLibraries(packageName: string): Promise<Attempt<string>> {
  const waiting = [...dependenciesOf(packageName)];
  const done = new Set<string>();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (done.has(name)) {
      continue;
    }
    done.add(name);
    const unpacked = await unpack(name);
    if (!unpacked.ok) {
      return unpacked;
    }
    waiting.push(...dependenciesOf(name));
  }
  return { ok: true, value: packageFolder(packageName) };
}

/** Where the loader finds the libraries of a package that were unpacked before; most often none. */
export function unpackedLibraryFolders(packageName: string): readonly string[] {
  const names = new Set<string>();
  const add = (name: string): void => {
    if (names.has(name)) {
      return;
    }
    names.add(name);
    dependenciesOf(name).forEach(add);
  };
  dependenciesOf(packageName).forEach(add);
  return [...names].flatMap((name) => libraryFolders(packageFolder(name)));
}

function libraryFolders(folder: string): readonly string[] {
  return [join(folder, 'usr', 'lib'), join(folder, 'lib')]
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => join(place, name)))
    .filter((place) => statSync(place).isDirectory());
}

/** The libraries among the dependencies of an unpacked package. */
function dependenciesOf(packageName: string): readonly string[] {
  const file = join(packageFolder(packageName), DEPENDENCIES);
  return existsSync(file) ? libraryNames(readFileSync(file, 'utf8')) : [];
}

/** `libc6 (>= 2.34), libssl3 (>= 3.0.0), nginx-common, zlib1g` gives libssl3 and zlib1g. */
export function libraryNames(depends: string): readonly string[] {
  return depends
    .split(',')
    .map((clause) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(clause)?.[1] ?? '')
    .filter((name) => /^(lib|zlib1g)/.test(name) && !/^(libc6|libnginx-mod|libgcc)/.test(name));
}

/** Downloads and unpacks one package; the value is its folder. */
async function unpack(packageName: string): Promise<Attempt<string>> {
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
  const file = downloaded.value;
  const unpacking = await readOutput('dpkg-deb', ['-x', file, unpacked], options);
  const depends = await readOutput('dpkg-deb', ['-f', file, 'Depends'], options);
  if (!unpacking.ok || !depends.ok) {
    return unpacking.ok ? depends : unpacking;
  }
  writeFileSync(join(unpacked, DEPENDENCIES), depends.value);
  const folder = packageFolder(packageName);
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(unpacked, folder);
  return { ok: true, value: folder };
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

function packageFolder(packageName: string): string {
  return join(cacheFolder(), 'debian', packageName);
}
