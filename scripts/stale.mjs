import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const SETUP_STAMP = 'node_modules/.cache/tagward-setup';
const BUILD_STAMP = 'dist/.build-stamp';
const BUILD_INPUTS = [
  'src',
  'migrations',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'package-lock.json',
];

/** A hash over the names and the bytes of files and folders. A path that is not there counts as empty. */
export function fingerprint(root, paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesUnder(join(root, path)))) {
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file)}\0${String(bytes.length)}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/** Whether node_modules is missing or belongs to another lock file, Node major version or machine. */
export function dependenciesAreStale(root) {
  const stamp = readIfThere(join(root, SETUP_STAMP));
  if (stamp !== undefined) {
    return stamp !== setupFingerprint(root);
  }
  return !installedMatchesLock(root);
}

export function recordDependencies(root) {
  write(join(root, SETUP_STAMP), setupFingerprint(root));
}

/** Whether dist is missing or was built from other sources. */
export function buildIsStale(root) {
  return readIfThere(join(root, BUILD_STAMP)) !== buildFingerprint(root);
}

/** What a build that starts now is made from. Taken before the build, for files may change meanwhile. */
export function buildFingerprint(root) {
  return fingerprint(root, BUILD_INPUTS);
}

export function recordBuild(root, builtFrom) {
  write(join(root, BUILD_STAMP), builtFrom);
}

function setupFingerprint(root) {
  const [major] = process.versions.node.split('.');
  const machine = `node${major}-${process.platform}-${process.arch}`;
  return `${fingerprint(root, ['package-lock.json'])} ${machine}`;
}

/** Serves whoever ran `npm ci` by hand: npm notes what it installed in a lock file of its own. */
function installedMatchesLock(root) {
  const noted = readIfThere(join(root, 'node_modules/.package-lock.json'));
  if (noted === undefined) {
    return false;
  }
  const installed = JSON.parse(noted).packages;
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const wanted = Object.entries(packages).filter(([path]) => path !== '');
  return (
    Object.keys(installed).every((path) => path in packages) &&
    wanted.every(([path, entry]) =>
      path in installed ? installed[path].version === entry.version : mayBeAbsent(entry),
    )
  );
}

function mayBeAbsent(entry) {
  return entry.optional === true || entry.devOptional === true;
}

function filesUnder(path) {
  if (!existsSync(path)) {
    return [];
  }
  if (!statSync(path).isDirectory()) {
    return [path];
  }
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
