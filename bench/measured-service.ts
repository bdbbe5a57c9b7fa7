import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { pushImage } from '../scripts/push-image';
import type { ServiceClient } from '../test/support/service';
import { ServiceProcess } from '../test/support/service-process';
import { type TestConfig, writeTestConfig } from '../test/support/test-config';

const PROBE = join(__dirname, 'probe.cjs');
const PROBE_LINE = /^\{"probe":(\{.*\})\}$/gm;
const CPU_TIME_LINE = /^\{"cpuTime":(\d+)\}$/gm;
const POLL_MS = 10;

/** Bytes, and CPU time in microseconds since the start. */
const Usage = z.object({
  rss: z.number(),
  rssAfterGc: z.number(),
  heap: z.number(),
  cpu: z.number(),
});
export type Usage = z.infer<typeof Usage>;

/** `node dist/main.js` with a SQLite file of its own on disk. */
export class MeasuredService {
  private constructor(
    private readonly service: ServiceProcess,
    readonly client: ServiceClient,
    readonly config: TestConfig,
  ) {}

  static async start(
    registryUrl: string,
    config: TestConfig = writeTestConfig({ registryUrl }),
  ): Promise<MeasuredService> {
    const env = { NODE_OPTIONS: `--require=${PROBE}`, NODE_ENV: 'production' };
    const { service, client } = await ServiceProcess.start({ config, env });
    return new MeasuredService(service, client, config);
  }

  /** What it uses now, after its garbage was collected. */
  async usage(): Promise<Usage> {
    return Usage.parse(JSON.parse(await this.answerTo('SIGUSR2', PROBE_LINE)));
  }

  /**
   * CPU time since the start, in microseconds. Collects no garbage: a service is slower for a while
   * after that, which must not be part of what is measured next.
   */
  async cpuTime(): Promise<number> {
    return Number(await this.answerTo('SIGWINCH', CPU_TIME_LINE));
  }

  /** Makes a repository known: what it has is imported. */
  async adopt(repository: string, tag: string): Promise<void> {
    const { status } = await this.client.release({ repository, tag });
    if (status !== 'done') throw new Error(`${repository}:${tag} is ${status}, not done`);
  }

  /** Ends it at once and keeps its database. */
  async kill(): Promise<void> {
    await this.service.kill();
  }

  async remove(): Promise<void> {
    await this.kill();
    this.config.remove();
  }

  /** What the next line of this kind on standard error holds. */
  private async answerTo(signal: NodeJS.Signals, line: RegExp): Promise<string> {
    const before = this.linesLike(line).length;
    this.service.signal(signal);
    while (this.linesLike(line).length === before) await pause(POLL_MS);
    return this.linesLike(line).at(-1) ?? '';
  }

  private linesLike(line: RegExp): readonly string[] {
    return Array.from(this.service.stderr.matchAll(line), ([, value = '']) => value);
  }
}

/** Pushes `1.0.0`, `1.0.1` and so on; each has a manifest of its own. */
export async function pushReleases(
  url: string,
  repository: string,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<void> {
  for (let patch = from; patch < from + count; patch += 1) {
    const tag = `1.0.${patch}`;
    await pushImage({ url, repository, tag, content: `${repository} ${tag}` });
  }
}
