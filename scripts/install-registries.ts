import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { installTestRegistries } from './registries';
import { type TestRegistry } from './registry-program';
import { foundRegistriesFile } from './found-registries';
import { installNginx } from './nginx';
import { installTool } from './peers';
import { type Attempt } from './programs';

/** Continuous integration may not go green without having met these. */
const BASELINE = ['distribution-2.8', 'distribution-3', 'crane'];

async function main(): Promise<number> {
  const registries = await installTestRegistries();
  mkdirSync(dirname(foundRegistriesFile), { recursive: true });
  writeFileSync(foundRegistriesFile, JSON.stringify(registries));
  for (const registry of registries) {
    console.log(`  ${describeRegistry(registry)}`);
  }
  const crane = await installTool('crane');
  console.log(`  ${describeTool('crane', crane)}`);
  console.log(`  ${describeTool('nginx', await installNginx())}`);
  const found = registries.filter(({ available }) => available).map(({ name }) => name);
  const missing = BASELINE.filter(
    (name) => !found.includes(name) && !(name === 'crane' && crane.ok),
  );
  if (process.env['CI'] === 'true' && missing.length > 0) {
    const names = missing.join(', ');
    console.error(`${names} must be there when CI=true: apt-get, go and the network make them`);
    return 1;
  }
  return 0;
}

function describeTool(name: string, tool: Attempt<string>): string {
  return tool.ok
    ? `${name}: ${tool.value}`
    : `${name}: not there, its tests are skipped (${tool.reason})`;
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
