import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** How a program ended that is asked by its standard input. */
export type HelperOutcome =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly output: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface HelperLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/**
 * Runs `docker-credential-<name> get` without a shell. It gets the environment of this process: such
 * helpers live on variables like `HOME` and `AWS_PROFILE`, and only allowed ones are run. Never throws.
 */
export function runHelper(
  name: string,
  input: string,
  { timeoutMs, maxBytes }: HelperLimits,
): Promise<HelperOutcome> {
  return new Promise((resolve) => {
    // A group of its own, so that what a helper has started ends with it.
    const child = spawn(`docker-credential-${name}`, ['get'], {
      detached: true,
      env: process.env,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (outcome: HelperOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const stop = (reason: string): void => {
      killGroup(child);
      end({ kind: 'failed', reason });
    };
    const timer = setTimeout(() => {
      stop(`did not answer in ${timeoutMs / 1_000} s`);
    }, timeoutMs);
    child.once('error', (error) => {
      end({ kind: 'failed', reason: `cannot be started (${codeOf(error)})` });
    });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) stop(`wrote more than ${maxBytes} bytes`);
      else chunks.push(chunk);
    });
    child.once('close', (exitCode) => {
      const output = Buffer.concat(chunks).toString('utf8');
      end({ kind: 'ended', exitCode: exitCode ?? -1, output });
    });
    child.stderr.resume();
    // A helper may end without reading: its exit code says more than the broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${input}\n`);
  });
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  const { pid } = child;
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
    child.kill('SIGKILL');
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : 'unknown reason';
}
