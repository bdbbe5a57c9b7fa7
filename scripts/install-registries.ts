import { installCrane } from './crane-registry';
import { installNginx } from './find-nginx';
import { writeFound, type FoundTool } from './found-registries';
import { installTestRegistries } from './registries';
import { type TestRegistry } from './registry-program';

/** Continuous integration may not go green without having met these. */
const BASELINE = ['distribution-2.8', 'distribution-3', 'crane'];

async function main(): Promise<number> {
  const registries = await installTestRegistries();
  const tools = [await installCrane(), await installNginx()];
  writeFound(registries, tools);
  for (const line of [...registries.map(describeRegistry), ...tools.map(describeTool)]) {
    console.log(`  ${line}`);
  }
  const all = [...registries, ...tools];
  const missing = BASELINE.filter((wanted) => {
    return !all.some(({ name, available }) => available && name === wanted);
  });
  if (process.env['CI'] === 'true' && missing.length > 0) {
    const names = missing.join(', ');
    console.error(`${names} must be there when CI=true: apt-get, go and the network make them`);
    return 1;
  }
  return 0;
}

function describeTool(tool: FoundTool): string {
  if (!tool.available) {
    return `${tool.name}: not there, its tests are skipped (${tool.reason})`;
  }
  return `${tool.name}: ${tool.version}, ${tool.path}`;
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
