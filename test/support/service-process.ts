import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ServiceClient } from './service';
import type { TestConfig } from './test-config';

const ROOT = join(__dirname, '../..');
const MAIN = join(ROOT, 'dist/main.js');
const READY = /^Tagward is ready on (http:\/\/\S+)$/m;

/** As container runtimes do: what has not ended by then is killed. */
const STOP_WITHIN_MS = 10_000;

/**
 * The shell becomes the service and keeps its process id. Before that it leaves a watcher behind
 * that kills the service when descriptor 3 closes without a line, however this process ends.
 */
const GUARD = `
{ read -r _ <&3 || kill -9 $$; } >/dev/null 2>&1 &
exec "$@" 3<&-
`;

export interface ServiceExit {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly config: Pick<TestConfig, 'path'>;
  /** Variables beside TAGWARD_CONFIG. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `node dist/main.js` as a process of its own, which cannot outlive this one. */
export class ServiceProcess {
  /** How it ends; never rejects. */
  readonly exit: Promise<ServiceExit>;
  private readonly child: ChildProcess;
  private out = '';
  private err = '';
  private ended = false;

  private constructor({ config, env = {} }: ProcessOptions) {
    const { PATH = '' } = process.env;
    this.child = spawn('sh', ['-c', GUARD, 'guard', process.execPath, MAIN], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { PATH, TAGWARD_CONFIG: config.path, ...env },
      detached: true,
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.exit = this.waitForEnd();
  }

  /** Starts it and does not wait until it is ready. */
  static launch(options: ProcessOptions): ServiceProcess {
    if (existsSync(MAIN)) return new ServiceProcess(options);
    throw new Error(`${MAIN} is not there: npm run build makes it`);
  }

  /** Starts it and waits until it takes requests. */
  static async start(
    options: ProcessOptions,
  ): Promise<{ readonly service: ServiceProcess; readonly client: ServiceClient }> {
    const service = ServiceProcess.launch(options);
    return { service, client: await service.ready() };
  }

  /** What it wrote so far to standard output, and to standard error. */
  get stdout(): string {
    return this.out;
  }

  get stderr(): string {
    return this.err;
  }

  /** Waits for its ready line. Fails with its last words when it ends before. */
  async ready(): Promise<ServiceClient> {
    for (;;) {
      const url = READY.exec(this.out)?.[1];
      if (url !== undefined) return new ServiceClient(url);
      if (this.ended) throw new Error(`the service did not start: ${this.err}${this.out}`);
      await Promise.race([this.exit, this.child.stdout && once(this.child.stdout, 'data')]);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Holds all of it still, as a power cut would find it, while the work is done. */
  async whileStopped<Result>(work: () => Result): Promise<Result> {
    this.signal('SIGSTOP');
    while (!this.stands()) await setImmediate();
    try {
      return work();
    } finally {
      this.signal('SIGCONT');
    }
  }

  /** kill -9; nothing of it runs any more when this resolves. Safe to call twice. */
  kill(): Promise<ServiceExit> {
    this.signal('SIGKILL');
    return this.exit;
  }

  /** SIGTERM, and SIGKILL when it is still there after 10 s. */
  async stop(): Promise<ServiceExit> {
    this.signal('SIGTERM');
    const impatience = setTimeout(() => {
      this.signal('SIGKILL');
    }, STOP_WITHIN_MS);
    const exit = await this.exit;
    clearTimeout(impatience);
    return exit;
  }

  /** As the kernel says; where nobody can be asked, the signal has to be enough. */
  private stands(): boolean {
    const stat = `/proc/${this.child.pid ?? 0}/stat`;
    return !existsSync(stat) || readFileSync(stat, 'utf8').includes(' T ');
  }

  private async waitForEnd(): Promise<ServiceExit> {
    const leash = this.child.stdio[3];
    // The watcher may have gone with everything else.
    leash?.on('error', () => undefined);
    this.child.once('exit', () => {
      if (leash && 'end' in leash) leash.end('\n');
    });
    await once(this.child, 'close');
    this.ended = true;
    return { status: this.child.exitCode, signal: this.child.signalCode };
  }
}
