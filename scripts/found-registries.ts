import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { TestRegistry } from './registry-program';

/** Written before the tests start, which look for nothing themselves. */
export const foundRegistriesFile = join(
  __dirname,
  '../node_modules/.cache/tagward/registries.json',
);

/** What was found before the tests. Empty when nobody looked. */
export function readFoundRegistries(): readonly TestRegistry[] {
  return existsSync(foundRegistriesFile)
    ? z.array(TestRegistry).parse(JSON.parse(readFileSync(foundRegistriesFile, 'utf8')))
    : [];
}
