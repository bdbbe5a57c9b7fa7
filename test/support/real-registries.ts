/* eslint-disable jest/no-export -- no test file: it defines suites for those that import it */
import { startDistribution, type RunningRegistry } from '../../scripts/distribution';
import { type DistributionOptions } from '../../scripts/distribution-config';
import { readFoundRegistries } from '../../scripts/found-registries';
import { isProgram } from '../../scripts/programs';
import { findGivenRegistry, useGivenRegistry } from '../../scripts/registries';
import { type TestRegistry } from '../../scripts/registry-program';

const WANTED = ['distribution-2.8', 'distribution-3'];

/** Starts a registry of the suite's own; it is stopped after the suite. */
export type StartRegistry = (options?: DistributionOptions) => Promise<RunningRegistry>;

type RealRegistry =
  | {
      readonly name: string;
      readonly available: true;
      readonly version: string;
      readonly start: StartRegistry;
    }
  | { readonly name: string; readonly available: false; readonly reason: string };

/** The real registries that tests run on. Looks at what was found before; installs nothing. */
export function realRegistries(): readonly RealRegistry[] {
  const found = readFoundRegistries();
  return WANTED.map((name) => {
    const registry = found.find((one) => one.name === name);
    return registry === undefined ? notLookedFor(name) : startable(registry);
  });
}

/**
 * Runs a describe on each real registry, and one skipped test that names the reason for each that
 * is not there. A body that copes with a registry which others use too, and passes no options to
 * `start`, says `shared`: it then also runs on the registry of TAGWARD_TEST_REGISTRY.
 */
export function describeOnRealRegistries(
  title: string,
  body: (
    start: StartRegistry,
    registry: { readonly name: string; readonly version: string },
  ) => void,
  { shared = false }: { readonly shared?: boolean } = {},
): void {
  const given = shared ? givenRegistries() : [];
  for (const registry of [...realRegistries(), ...given]) {
    describe(`${title} on ${registry.name}`, () => {
      if (registry.available) {
        body(stoppedAfterwards(registry.start), registry);
      } else {
        skipVisibly(registry.name, registry.reason);
      }
    });
  }
}

function stoppedAfterwards(start: StartRegistry): StartRegistry {
  const running: RunningRegistry[] = [];
  afterAll(() => Promise.all(running.map((registry) => registry.stop())));
  return async (options) => {
    const registry = await start(options);
    running.push(registry);
    return registry;
  };
}

function skipVisibly(name: string, reason: string): void {
  process.stderr.write(`skipped on ${name}: ${reason}\n`);
  it.todo(`runs where ${name} is (${reason})`);
}

function startable(registry: TestRegistry): RealRegistry {
  const { name } = registry;
  if (!registry.available) {
    return { name, available: false, reason: registry.reason };
  }
  const { program } = registry;
  if (program.kind === 'binary' && !isProgram(program.path)) {
    return { name, available: false, reason: `${program.path} is gone; npm test finds it again` };
  }
  const start: StartRegistry = (options) => startDistribution(program, options);
  return { name, available: true, version: program.version, start };
}

function notLookedFor(name: string): RealRegistry {
  return { name, available: false, reason: 'nobody looked for it; npm test does' };
}

function givenRegistries(): readonly RealRegistry[] {
  const given = findGivenRegistry();
  if (given === undefined) {
    return [];
  }
  const start: StartRegistry = () => Promise.resolve(useGivenRegistry(given));
  return [{ name: 'TAGWARD_TEST_REGISTRY', available: true, version: 'unknown', start }];
}
