import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';

/**
 * A shell stands between this process and the program. It ends the program and removes the folder
 * as soon as descriptor 3 closes, which the system does when this process ends, be it by SIGKILL.
 * It writes nothing itself: nobody may be left to read it, and that would end it too early.
 */
const GUARD = `
folder=$1; shift
"$@" 3<&- & program=$!
exec 2>/dev/null
{ read -r _; kill "$program"; } <&3 &
wait "$program"; status=$?
rm -rf -- "$folder"
exit $status
`;

const KEPT_WORDS = 4_000;

export interface GuardedProcess {
  ended(): boolean;
  /** The end of what the program wrote to standard error. */
  lastWords(): string;
  /** Ends the program and waits until its folder is gone. */
  stop(): Promise<void>;
}

/** Starts a program that cannot outlive this process, nor keep it running. */
export function startGuarded(command: readonly string[], folder: string): GuardedProcess {
  const child = spawn('sh', ['-c', GUARD, 'guard', folder, ...command], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // Distribution 3 looks for a trace collector otherwise.
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
    // Ctrl-C is for this process, which still needs the program while it winds up.
    detached: true,
  });
  const pipes = child.stdio.filter((stream) => stream instanceof Socket);
  const letGo = (): unknown => child.stdio[3]?.destroy();
  const words = collectWords(child);
  let ended = false;
  child.once('exit', letGo);
  const end = once(child, 'close').then(() => {
    ended = true;
  });
  [child, ...pipes].forEach((handle) => handle.unref());
  return {
    ended: () => ended,
    lastWords: () => words().trim(),
    stop: () => {
      [child, ...pipes].forEach((handle) => handle.ref());
      letGo();
      return end;
    },
  };
}

function collectWords({ stderr }: ChildProcess): () => string {
  let words = '';
  stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-KEPT_WORDS);
  });
  return () => words;
}
