import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { GuardedProcess } from './guarded-process';

const READY_MS = 30_000;
const POLL_MS = 15;

/** Resolves when something listens on the port of 127.0.0.1. Throws with the program's last words. */
export async function becomesReachable(
  port: number,
  guarded: GuardedProcess,
  name: string,
): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (guarded.ended()) throw new Error(`${name} did not start: ${guarded.lastWords()}`);
    if (await listens(port)) return;
    await pause(POLL_MS);
  }
  throw new Error(`${name} took no connection in ${READY_MS / 1_000} s`);
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
