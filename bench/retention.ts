import type { BenchOptions } from './options';
import { benchRetentionPlanning } from './retention-planning';
import { benchRetentionPruning } from './retention-pruning';

/** What goes, decided and carried out. */
export async function benchRetention(options: BenchOptions): Promise<void> {
  await benchRetentionPlanning(options);
  await benchRetentionPruning(options);
}
