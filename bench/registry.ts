import { startDistribution, type RunningRegistry } from '../scripts/distribution';
import { installTestRegistries } from '../scripts/registries';

/** Starts the newest Distribution that is here; by default its storage is in memory where possible. */
export async function startBenchRegistry({ inMemory = true } = {}): Promise<RunningRegistry> {
  const registries = await installTestRegistries();
  const [program] = registries.flatMap((one) => (one.available ? [one.program] : [])).reverse();
  if (program === undefined) {
    const reasons = registries.flatMap((one) => (one.available ? [] : [one.reason]));
    throw new Error(`there is no registry to measure with: ${reasons.join('; ')}`);
  }
  return startDistribution(program, { inMemory });
}

export function describeRegistry(registry: RunningRegistry): string {
  return `registry: Distribution ${registry.version}, storage on ${mediumOf(registry)}`;
}

/** What holds the registry's files. */
export function mediumOf({ storageDir = '' }: RunningRegistry): string {
  return storageDir.startsWith('/dev/shm/') ? 'tmpfs (/dev/shm)' : 'disk';
}
