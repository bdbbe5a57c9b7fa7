import { buildGoProgram, findBuiltProgram, type GoProgram } from './go-program';
import { findUnpackedProgram, unpackDebianPackage } from './debian-package';
import { startDistribution, type RunningRegistry } from './distribution';
import { type DistributionOptions } from './distribution-config';
import { findDockerImage } from './docker-registry';
import { findOnPath, readOutput, type Attempt } from './programs';
import { type RegistryProgram, type TestRegistry } from './registry-program';

const DEBIAN_PACKAGE = 'docker-registry';
const DISTRIBUTION_3: GoProgram = {
  name: 'registry',
  path: 'github.com/distribution/distribution/v3/cmd/registry',
  version: 'v3.1.1',
};
const VERSION_MS = 10_000;

type Search = () => Promise<Attempt<RegistryProgram>>;

/** A registry that somebody else runs. */
export interface GivenRegistry {
  readonly kind: 'url';
  readonly url: string;
}

/** The registry named by TAGWARD_TEST_REGISTRY, without a slash at the end. */
export function findGivenRegistry(): GivenRegistry | undefined {
  const url = (process.env['TAGWARD_TEST_REGISTRY'] ?? '').replace(/\/+$/, '');
  return url === '' ? undefined : { kind: 'url', url };
}

/**
 * Finds a registry for the demo: a given URL, a program on the PATH, Docker, Debian's package.
 * Downloads the latter two when needed. The reason of a failure says what to install.
 */
export async function findDemoRegistry(): Promise<Attempt<GivenRegistry | RegistryProgram>> {
  const given = findGivenRegistry();
  if (given !== undefined) {
    return { ok: true, value: given };
  }
  const search = await firstOf([
    () => findProgramOnPath(/^\d/),
    () => dockerImage('registry:3', '3'),
    debianRegistry,
  ]);
  return search.ok ? search : { ok: false, reason: whatToInstall(search.reason) };
}

/** Finds and starts the demo's registry. Stopping a given one leaves it as it is. */
export async function startDemoRegistry(
  options: DistributionOptions = {},
): Promise<RunningRegistry> {
  const found = await findDemoRegistry();
  if (!found.ok) {
    throw new Error(found.reason);
  }
  return found.value.kind === 'url'
    ? useGivenRegistry(found.value)
    : startDistribution(found.value, options);
}

export function useGivenRegistry({ url }: GivenRegistry): RunningRegistry {
  return { url, version: 'unknown', stop: () => Promise.resolve() };
}

/** Finds the registries that the tests want, and installs into the cache folder what can be. */
export async function installTestRegistries(): Promise<readonly TestRegistry[]> {
  const [older, newer] = await Promise.all([
    firstOf([
      () => findProgramOnPath(/^2\.8\./),
      debianRegistry,
      () => dockerImage('registry:2.8.3', '2.8.3'),
    ]),
    firstOf([
      () => findProgramOnPath(/^3\./),
      goRegistry,
      () => dockerImage('registry:3.1.1', '3.1.1'),
    ]),
  ]);
  return [testRegistry('distribution-2.8', older), testRegistry('distribution-3', newer)];
}

function testRegistry(name: string, search: Attempt<RegistryProgram>): TestRegistry {
  return search.ok
    ? { name, available: true, program: search.value }
    : { name, available: false, reason: search.reason };
}

/** The first that succeeds, or all the reasons. */
async function firstOf(searches: readonly Search[]): Promise<Attempt<RegistryProgram>> {
  const reasons: string[] = [];
  for (const search of searches) {
    const attempt = await search();
    if (attempt.ok) {
      return attempt;
    }
    reasons.push(attempt.reason);
  }
  return { ok: false, reason: reasons.join('; ') };
}

async function findProgramOnPath(wanted: RegExp): Promise<Attempt<RegistryProgram>> {
  for (const name of ['registry', 'docker-registry']) {
    const path = findOnPath(name);
    const program = path === undefined ? undefined : await identifyProgram(path);
    if (program !== undefined && wanted.test(program.version)) {
      return { ok: true, value: program };
    }
  }
  return { ok: false, reason: 'no such registry or docker-registry program on the PATH' };
}

async function dockerImage(image: string, version: string): Promise<Attempt<RegistryProgram>> {
  const found = await findDockerImage(image);
  return found.ok ? { ok: true, value: { kind: 'docker', image, version } } : found;
}

async function debianRegistry(): Promise<Attempt<RegistryProgram>> {
  const known = findUnpackedProgram(DEBIAN_PACKAGE);
  if (known !== undefined) {
    return identified({ ok: true, value: known });
  }
  console.log(`  unpacking Debian's ${DEBIAN_PACKAGE} into the cache folder`);
  return identified(await unpackDebianPackage(DEBIAN_PACKAGE));
}

async function goRegistry(): Promise<Attempt<RegistryProgram>> {
  const known = findBuiltProgram(DISTRIBUTION_3);
  if (known !== undefined) {
    return identified({ ok: true, value: known });
  }
  if (findOnPath('go') !== undefined) {
    console.log('  building Distribution 3 with Go into the cache folder, once, for some minutes');
  }
  return identified(await buildGoProgram(DISTRIBUTION_3));
}

async function identified(attempt: Attempt<string>): Promise<Attempt<RegistryProgram>> {
  if (!attempt.ok) {
    return attempt;
  }
  const value = await identifyProgram(attempt.value);
  return value === undefined
    ? { ok: false, reason: `${attempt.value} does not run here` }
    : { ok: true, value };
}

/** Other programs are called `registry` too: only Distribution names itself so. */
export async function identifyProgram(path: string): Promise<RegistryProgram | undefined> {
  const said = await readOutput(path, ['--version'], { timeoutMs: VERSION_MS });
  const version = said.ok ? /distribution\S* v?(\d+\.\d+\.\d+)/.exec(said.value)?.[1] : undefined;
  return version === undefined ? undefined : { kind: 'binary', path, version };
}

function whatToInstall(reasons: string): string {
  return (
    'There is no registry to work with: install Docker or the docker-registry package ' +
    `(apt-get install docker-registry), or set TAGWARD_TEST_REGISTRY to a URL (${reasons}).`
  );
}
