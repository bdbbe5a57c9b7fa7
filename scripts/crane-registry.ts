import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './distribution';
import { startGuarded } from './guarded-process';
import { becomesReachable } from './local-server';

export interface RunningCrane {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `crane registry serve`, which keeps everything in memory and asks nobody who they are. */
export async function startCraneRegistry(program: string): Promise<RunningCrane> {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-crane-'));
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const guarded = startGuarded([program, 'registry', 'serve', '--address', address], folder);
  try {
    await becomesReachable(port, guarded, 'crane registry serve');
  } catch (error) {
    await guarded.stop();
    throw error;
  }
  return { url: `http://${address}`, stop: () => guarded.stop() };
}
