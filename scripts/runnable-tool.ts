import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findUnpackedProgram } from './debian-package';
import { findTool, type ToolName } from './peers';
import { cacheFolder } from './programs';

/** How to run a command line tool. */
export interface RunnableTool {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The tool, or one clause that says why it does not take part. */
export function runnableTool(name: ToolName): RunnableTool | string {
  const path = findTool(name);
  if (path !== undefined) return { path, env: process.env };
  const reason = 'not installed: npm run bench -- --install';
  return name === 'skopeo' ? (unpackedSkopeo() ?? reason) : reason;
}

/** Debian's skopeo with the one library that it needs beside the usual ones, where both are unpacked. */
function unpackedSkopeo(): RunnableTool | string | undefined {
  const path = findUnpackedProgram('skopeo');
  if (path === undefined) return undefined;
  const libraries = join(cacheFolder(), 'debian', 'libgpgme11', 'usr', 'lib');
  const folders = existsSync(libraries)
    ? readdirSync(libraries).map((folder) => join(libraries, folder))
    : [];
  const env = { ...process.env, LD_LIBRARY_PATH: folders.join(':') };
  try {
    execFileSync(path, ['--version'], { env, stdio: 'ignore' });
    return { path, env };
  } catch {
    return `${path} does not run here: apt-get install skopeo`;
  }
}
