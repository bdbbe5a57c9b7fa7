import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { installTestRegistries } from './registries';
import { type TestRegistry } from './registry-program';
import { foundRegistriesFile } from './found-registries';

/** Continuous integration may not go green without having met one real registry. */
const BASELINE = 'distribution-2.8';

async function main(): Promise<number> {
  const registries = await installTestRegistries();
  mkdirSync(dirname(foundRegistriesFile), { recursive: true });
  writeFileSync(foundRegistriesFile, JSON.stringify(registries));
  for (const registry of registries) {
    console.log(`  ${describeRegistry(registry)}`);
  }
  const complete = registries.some(({ name, available }) => name === BASELINE && available);
  if (process.env['CI'] === 'true' && !complete) {
    console.error(`${BASELINE} must be there when CI=true: apt-get install docker-registry`);
    return 1;
  }
  return 0;
}

function describeRegistry(registry: TestRegistry): string {
  if (!registry.available) {
    return `${registry.name}: not there, its tests are skipped (${registry.reason})`;
  }
  const { program } = registry;
  const where = program.kind === 'docker' ? program.image : program.path;
  return `${registry.name}: ${program.version}, ${where}`;
}

void main().then((status) => {
  process.exitCode = status;
});
