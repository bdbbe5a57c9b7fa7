import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';

/** Counts a process that was killed while it had work to lose; `npm run test:faults` adds them up. */
export function noteKill(): void {
  const journal = process.env['TAGWARD_FAULT_JOURNAL'];
  if (journal === undefined) return;
  const { testPath = '' } = expect.getState();
  appendFileSync(journal, `${basename(testPath)}\n`);
}
