import type { BenchOptions } from './options';
import { benchRetentionPlanning } from './retention-planning';

/** What goes, decided and carried out. */
export async function benchRetention(options: BenchOptions): Promise<void> {
  await benchRetentionPlanning(options);
}
