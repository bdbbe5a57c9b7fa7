import { buildGoProgram, findBuiltProgram, type GoProgram } from './go-program';
import { findOnPath, type Attempt } from './programs';

const GO_TOOLS = {
  crane: { path: 'github.com/google/go-containerregistry/cmd/crane', version: 'v0.21.9' },
  regctl: { path: 'github.com/regclient/regclient/cmd/regctl', version: 'v0.11.5' },
  oras: { path: 'oras.land/oras/cmd/oras', version: 'v1.3.3' },
} as const;

/** The tools that the benchmarks are run against. */
export const TOOL_NAMES = ['crane', 'regctl', 'oras', 'skopeo'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** The tool on the PATH, else the one in the cache folder. Installs nothing. */
export function findTool(name: ToolName): string | undefined {
  return findOnPath(name) ?? (name === 'skopeo' ? undefined : findBuiltProgram(goTool(name)));
}

/** Finds a tool or puts it into the cache folder. The value is its path. */
export async function installTool(name: ToolName): Promise<Attempt<string>> {
  const known = findTool(name);
  if (known !== undefined) {
    return { ok: true, value: known };
  }
  if (name === 'skopeo') {
    // It needs libraries of the system, which no cache folder brings along.
    return { ok: false, reason: 'apt-get install skopeo' };
  }
  return buildGoProgram(goTool(name));
}

function goTool(name: keyof typeof GO_TOOLS): GoProgram {
  return { name, ...GO_TOOLS[name] };
}
