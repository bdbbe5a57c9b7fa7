import type { FoundTool } from './found-registries';
import { startLocalServer, type LocalServer } from './local-server';
import { installTool } from './peers';
import { readOutput } from './programs';

const ANSWER_MS = 10_000;

/** Finds a crane that can serve a registry, or builds one with Go into the cache folder. */
export async function installCrane(): Promise<FoundTool> {
  const name = 'crane';
  const tool = await installTool(name);
  if (!tool.ok) return { name, available: false, reason: tool.reason };
  const path = tool.value;
  const options = { timeoutMs: ANSWER_MS };
  const serves = await readOutput(path, ['registry', 'serve', '--help'], options);
  if (!serves.ok) return { name, available: false, reason: `${path} serves no registry` };
  const said = await readOutput(path, ['version'], options);
  const version = said.ok ? (/\d+\.\d+\.\d+/.exec(said.value)?.[0] ?? 'unknown') : 'unknown';
  return { name, available: true, path, version, libraries: [] };
}

/** Starts `crane registry serve`, which keeps everything in memory and asks nobody who they are. */
export function startCraneRegistry(program: string): Promise<LocalServer> {
  return startLocalServer('crane', (port) => [
    ...[program, 'registry', 'serve'],
    ...['--address', `127.0.0.1:${port}`],
  ]);
}
