import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** A step that ended with another status than 0. Its message names the step. */
export class StepFailed extends Error {
  constructor(title, status) {
    super(`${title} failed with status ${String(status)}`);
    this.status = status;
    // Shells and npm report a program that a signal ended as 128 and the signal's number.
    this.interrupted = status > 128;
  }
}

/**
 * Runs one program with the terminal of this process and answers its exit status.
 * Ctrl-C reaches the program from the terminal itself; this process only waits for its end.
 */
export function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    const leaveToChild = () => undefined;
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', leaveToChild).on('SIGTERM', pass).on('SIGHUP', pass);
    child.once('error', reject);
    child.once('close', (status, signal) => {
      process.off('SIGINT', leaveToChild).off('SIGTERM', pass).off('SIGHUP', pass);
      resolve(status ?? 128 + constants.signals[signal]);
    });
  });
}

/** Announces and runs one step. Throws StepFailed unless it ends well. */
export async function step(title, command, args, env) {
  console.log(`» ${title}`);
  const status = await run(command, args, env);
  if (status !== 0) {
    throw new StepFailed(title, status);
  }
}
