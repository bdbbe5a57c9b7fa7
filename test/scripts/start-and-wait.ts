import { startDistribution } from '../../scripts/distribution';
import { readFoundRegistries } from '../../scripts/found-registries';

/** Starts a registry in a process of its own, prints where it is, and stays until it is killed. */
async function startAndWait(name: string): Promise<void> {
  const found = readFoundRegistries().find((registry) => registry.name === name);
  if (found?.available !== true) {
    throw new Error(`${name} is not there.`);
  }
  const { url, storageDir } = await startDistribution(found.program);
  process.stdout.write(JSON.stringify({ url, storageDir }));
  setInterval(() => undefined, 60_000);
}

void startAndWait(process.argv[2] ?? '');
