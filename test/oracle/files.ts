import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type History, parseHistory } from './history';
import { inferPolicy, parsePolicy, type Policy } from './policy';

/** The histories of a folder, by name. */
export function readHistories(folder: string): readonly History[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => parseHistory(readFileSync(join(folder, file), 'utf8')));
}

/** The rules file of an image, or what an import would infer where there is none. */
export function policyFor(history: History, rulesFolder: string | undefined): Policy {
  const file = join(rulesFolder ?? '', `${basename(history.image)}.yaml`);
  if (rulesFolder === undefined || !existsSync(file)) return inferPolicy(history);
  return parsePolicy(readFileSync(file, 'utf8'), file);
}
