import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const COMMAND = join(__dirname, '../../dist/src/cli/main.js');
const Resolution = z.object({
  moving: z.array(z.object({ tag: z.string(), agrees: z.boolean().optional() })),
});

/** Moving tags of a listing that are not where `tagward resolve` has them; writes into the folder. */
export function disagreements(
  folder: string,
  path: string,
  tags: ReadonlyMap<string, string>,
): readonly string[] {
  const rules = join(folder, 'rules.yaml');
  writeFileSync(rules, '{}');
  const input = [...tags].map(([tag, digest]) => JSON.stringify({ tag, digest })).join('\n');
  const args = [COMMAND, 'resolve', '--rules', rules, '-o', 'json'];
  const printed = execFileSync(process.execPath, args, { input, encoding: 'utf8' });
  return Resolution.parse(JSON.parse(printed))
    .moving.filter(({ agrees }) => agrees !== true)
    .map(({ tag }) => `${path}: ${tag} is not where "tagward resolve" has it`);
}
