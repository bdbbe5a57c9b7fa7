import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, findOnPath, isProgram, readOutput, type Attempt } from './programs';

const BUILD_MS = 900_000;

export interface GoProgram {
  readonly name: string;
  readonly path: string;
  readonly version: string;
}

/** A program of exactly this version that was built before, if it was. */
export function findBuiltProgram(program: GoProgram): string | undefined {
  const path = join(binFolder(program), program.name);
  return isProgram(path) ? path : undefined;
}

/** Builds a Go program into the cache folder. Takes up to minutes. */
export async function buildGoProgram(program: GoProgram): Promise<Attempt<string>> {
  if (findOnPath('go') === undefined) {
    return { ok: false, reason: 'go is not on the PATH' };
  }
  const folder = binFolder(program);
  mkdirSync(folder, { recursive: true });
  const building = await readOutput('go', ['install', `${program.path}@${program.version}`], {
    timeoutMs: BUILD_MS,
    cwd: folder,
    env: { GOBIN: folder },
  });
  return building.ok ? { ok: true, value: join(folder, program.name) } : building;
}

function binFolder({ name, version }: GoProgram): string {
  return join(cacheFolder(), 'go', `${name}-${version}`);
}
