import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 10_000;
const POLL_MS = 20;

/** Repeats an assertion until it holds. Throws its last error when it does not in time. */
export async function eventually(assertion: () => unknown): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await pause(POLL_MS);
    }
  }
}
