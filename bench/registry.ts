import { existsSync } from 'node:fs';
import { startDistribution, type RunningRegistry } from '../scripts/distribution';
import { installTestRegistries } from '../scripts/registries';

/** Starts the newest Distribution that is here, with its storage in memory where possible. */
export async function startBenchRegistry(): Promise<RunningRegistry> {
  const registries = await installTestRegistries();
  const [program] = registries.flatMap((one) => (one.available ? [one.program] : [])).reverse();
  if (program === undefined) {
    const reasons = registries.flatMap((one) => (one.available ? [] : [one.reason]));
    throw new Error(`there is no registry to measure with: ${reasons.join('; ')}`);
  }
  return startDistribution(program, { inMemory: true });
}

export function describeRegistry(registry: RunningRegistry): string {
  const medium = existsSync('/dev/shm') ? 'tmpfs (/dev/shm)' : 'disk';
  return `registry: Distribution ${registry.version}, storage on ${medium}`;
}
