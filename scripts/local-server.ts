import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from './distribution';
import { startGuarded, type GuardedProcess } from './guarded-process';

const READY_MS = 30_000;
const POLL_MS = 15;
const STARTS = 3;

export interface LocalServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Ends the server and removes its folder. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a program that serves a free port of 127.0.0.1 out of a folder of its own, and answers
 * when something listens there. It ends with this process. Throws with the program's last words.
 */
export async function startLocalServer(
  name: string,
  commandFor: (port: number, folder: string) => readonly string[],
): Promise<LocalServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const folder = mkdtempSync(join(tmpdir(), `tagward-${name}-`));
    const guarded = startGuarded(commandFor(port, folder), folder);
    if (await listensBeforeItEnds(port, guarded)) {
      return { url: `http://127.0.0.1:${port}`, stop: () => guarded.stop() };
    }
    // Somebody else may take a free port before the program does.
    const again = guarded.ended() && attempt < STARTS;
    await guarded.stop();
    if (!again) {
      throw new Error(`${name} did not start: ${guarded.lastWords()}`);
    }
  }
}

async function listensBeforeItEnds(port: number, guarded: GuardedProcess): Promise<boolean> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline && !guarded.ended()) {
    if (await listens(port)) {
      return !guarded.ended();
    }
    await pause(POLL_MS);
  }
  return false;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => {
      end(true);
    });
    socket.once('error', () => {
      end(false);
    });
  });
}
