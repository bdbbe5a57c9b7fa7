import { createHash } from 'node:crypto';

/** Names a plan by its content: the same decisions have the same hash. */
export function planHashOf(plan: unknown): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}
