import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runCommandLine } from '../../src/cli/run';
import { SimulatedClock } from '../../src/runtime/clock';
import { FakeRegistry } from '../support/fake-registry';
import { type RunningService, startService } from '../support/service';
import { ADMIN_TOKEN } from '../support/test-config';
import { withRetention } from '../retention/pruning';
import { DAY, START } from '../tagging/stage';
import { TestRepository } from '../tagging/test-repository';

export const PATH = 'gallery/ui';
export const UI = `local/${PATH}`;

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: number;
  /** What a person types at a terminal; without it there is no terminal. */
  readonly typed?: string;
  /** Whether standard error is a terminal. */
  readonly isTTY?: boolean;
}

/** Runs a command in this process. */
export async function tagward(
  args: readonly string[],
  { env = {}, now = START, typed, isTTY = false }: Surroundings = {},
): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  // eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
  const input = (async function* () {
    yield Buffer.from(typed ?? '');
  })();
  const status = await runCommandLine(args, {
    stdin: Object.assign(input, { isTTY: typed !== undefined }),
    stdout: { write: (text) => (stdout += text) },
    stderr: { isTTY, write: (text) => (stderr += text) },
    env,
    now: () => now,
  });
  return { status, stdout, stderr };
}

/** A Tagward on a registry in memory, and commands that ask it. */
export interface CommandStage {
  readonly clock: SimulatedClock;
  registry(): FakeRegistry;
  service(): RunningService;
  /** Starts it with a policy (lines of YAML), releases and builds, all a day old. */
  start(tags: readonly string[], ...policy: readonly string[]): Promise<TestRepository>;
  run(...args: readonly string[]): Promise<Ended>;
  /** With a person at a terminal. */
  runTyping(typed: string, ...args: readonly string[]): Promise<Ended>;
}

export function useCommandStage(): CommandStage {
  let clock = new SimulatedClock(START);
  let registry: FakeRegistry | undefined;
  let service: RunningService | undefined;

  const surroundings = (): Surroundings => ({
    env: { TAGWARD_URL: stage.service().client.url, TAGWARD_TOKEN_FILE: adminToken(service) },
    now: clock.now(),
  });
  const stage: CommandStage = {
    get clock() {
      return clock;
    },
    registry: () => present(registry),
    service: () => present(service),
    start: async (tags, ...policy) => {
      const { url: registryUrl } = stage.registry();
      service = await startService({ registryUrl, clock, ...withRetention(policy) });
      const place = { registry: stage.registry(), clock, client: service.client, path: PATH };
      const repository = new TestRepository(place);
      for (const tag of tags) {
        stage.registry().pushImage(PATH, tag);
        clock.advance(60_000);
        if (/^\d/.test(tag)) await repository.announce(tag);
      }
      await repository.reconcile();
      clock.advance(DAY);
      return repository;
    },
    run: (...args) => tagward(args, surroundings()),
    runTyping: (typed, ...args) => tagward(args, { ...surroundings(), typed, isTTY: true }),
  };

  beforeEach(async () => {
    clock = new SimulatedClock(START);
    registry = await FakeRegistry.start();
  });
  afterEach(async () => {
    await service?.stop();
    service?.config.remove();
    service = undefined;
    await registry?.stop();
  });
  return stage;
}

function adminToken(service: RunningService | undefined): string {
  const path = join(present(service).config.folder, 'token');
  writeFileSync(path, `${ADMIN_TOKEN}\n`);
  return path;
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('use the stage in tests only');
  return value;
}

export interface Scripted {
  readonly status?: number;
  readonly json: unknown;
}

/** Gives answers in turn, the last one for ever, to anybody who asks a server; gives what was asked. */
export async function withScriptedService<Value>(
  answers: readonly [Scripted, ...Scripted[]],
  ask: (url: string) => Promise<Value>,
): Promise<{ readonly asked: readonly string[]; readonly value: Value }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const at = Math.min(asked.length, answers.length - 1);
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const { status = 200, json } = answers[at] ?? answers[0];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(json));
  });
  const url = await listen(server);
  try {
    return { asked, value: await ask(url) };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
