import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { distributionConfig, type DistributionOptions } from './distribution-config';
import { dockerCommand, hostNetworkNeeded, seenFromContainer } from './docker-registry';
import { startGuarded, type GuardedProcess } from './guarded-process';
import { type RegistryProgram } from './registry-program';

const READY_MS = 30_000;
const POLL_MS = 15;
const STARTS = 3;

export interface RunningRegistry {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  readonly version: string;
  /** Where it stores its files; undefined for a registry that was given as a URL. */
  readonly storageDir?: string;
  /** Ends the registry and removes its temporary files. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts Distribution on 127.0.0.1 and answers when it takes requests. It ends with this process,
 * however that ends. Throws with the registry's last words when it does not start.
 */
export async function startDistribution(
  program: RegistryProgram,
  options: DistributionOptions = {},
): Promise<RunningRegistry> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    try {
      return await startOnce(program, options, port);
    } catch (error) {
      // Somebody else may take a free port before the registry does.
      const taken = error instanceof Error && error.message.includes('address already in use');
      if (!taken || options.port !== undefined || attempt === STARTS) {
        throw error;
      }
    }
  }
}

async function startOnce(
  program: RegistryProgram,
  options: DistributionOptions,
  port: number,
): Promise<RunningRegistry> {
  const folder = createFolder(options);
  const storageDir = options.storageDir ?? join(folder, 'storage');
  mkdirSync(storageDir, { recursive: true });
  const guarded = startGuarded(prepare(program, options, { folder, storageDir, port }), folder);
  const url = `http://127.0.0.1:${port}`;
  try {
    await becomesReady(url, guarded);
  } catch (error) {
    await guarded.stop();
    throw error;
  }
  return { url, version: program.version, storageDir, stop: () => guarded.stop() };
}

function createFolder({ inMemory }: DistributionOptions): string {
  const memory = '/dev/shm';
  const base = inMemory === true && existsSync(memory) ? memory : tmpdir();
  return mkdtempSync(join(base, 'tagward-registry-'));
}

interface Place {
  readonly folder: string;
  readonly storageDir: string;
  readonly port: number;
}

/** Writes the configuration and answers the command line that serves it. */
function prepare(
  program: RegistryProgram,
  options: DistributionOptions,
  { folder, storageDir, port }: Place,
): readonly string[] {
  const config = join(folder, 'config.yml');
  const inContainer = program.kind === 'docker' && !hostNetworkNeeded(options);
  const place = {
    address: `${inContainer ? '0.0.0.0' : '127.0.0.1'}:${port}`,
    storageDir,
    htpasswdFile: join(folder, 'htpasswd'),
    certificatesFile: join(folder, 'certificates.pem'),
  };
  writeFileSync(place.htpasswdFile, options.htpasswd ?? '');
  writeFileSync(place.certificatesFile, options.token?.certificates ?? '');
  writeFileSync(
    config,
    distributionConfig(inContainer ? seenFromContainer(options) : options, place),
  );
  return program.kind === 'binary'
    ? [program.path, 'serve', config]
    : dockerCommand(program.image, options, { folder, storageDir, config, port });
}

async function becomesReady(url: string, guarded: GuardedProcess): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (guarded.ended()) {
      throw new Error(`The registry did not start: ${guarded.lastWords()}`);
    }
    if (await answers(url)) {
      return;
    }
    await pause(POLL_MS);
  }
  throw new Error(`The registry at ${url} gave no answer in ${READY_MS / 1000} s.`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v2/`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200 || response.status === 401;
  } catch {
    return false;
  }
}

/** A port of 127.0.0.1 that nobody listens on; somebody else may take it before it is used. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') {
          reject(new Error('No free port on 127.0.0.1.'));
        } else {
          resolve(address.port);
        }
      });
    });
  });
}
