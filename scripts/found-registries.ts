import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { TestRegistry } from './registry-program';

const folder = join(__dirname, '../node_modules/.cache/tagward');
// Written before the tests start, which look for nothing themselves.
const registriesFile = join(folder, 'registries.json');
const toolsFile = join(folder, 'tools.json');

/** A program beside Distribution, and how to start it or why that cannot be done here. */
const FoundTool = z.discriminatedUnion('available', [
  z.object({
    name: z.string(),
    available: z.literal(true),
    path: z.string(),
    version: z.string(),
    /** Folders of shared libraries that the machine lacks. */
    libraries: z.array(z.string()).readonly(),
  }),
  z.object({ name: z.string(), available: z.literal(false), reason: z.string() }),
]);
export type FoundTool = z.infer<typeof FoundTool>;

/** What was found before the tests. Empty when nobody looked. */
export function readFoundRegistries(): readonly TestRegistry[] {
  return z.array(TestRegistry).parse(readList(registriesFile));
}

/** What was found of a tool before the tests. */
export function readFoundTool(name: 'crane' | 'nginx'): FoundTool {
  const found = z.array(FoundTool).parse(readList(toolsFile));
  const reason = 'nobody looked for it; npm test does';
  return found.find((tool) => tool.name === name) ?? { name, available: false, reason };
}

export function writeFound(registries: readonly TestRegistry[], tools: readonly FoundTool[]): void {
  mkdirSync(dirname(registriesFile), { recursive: true });
  writeFileSync(registriesFile, JSON.stringify(registries));
  writeFileSync(toolsFile, JSON.stringify(tools));
}

function readList(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}
