import type { z } from 'zod';

import type { ConfigFileInput } from './config-file.schema';
import type { Path } from './finding';
import { pathOf } from './schema-faults';

/** What is left of a file when everything that the schema refuses is taken out. */
export type Salvaged<Value> = Value extends readonly (infer Item)[]
  ? readonly (Salvaged<Item> | undefined)[]
  : Value extends object
    ? { readonly [Key in keyof Value]?: Salvaged<Value[Key]> | undefined }
    : Value;

/**
 * Sets everything that an issue is about to undefined, so that secrets, files and names that point
 * at each other can still be checked and all faults are told at once. Changes `value`.
 */
export function salvage(
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
): Salvaged<ConfigFileInput> {
  for (const issue of issues) {
    for (const path of refusedPaths(issue)) clear(value, path);
  }
  const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
  // What the schema accepts has its input type, and all else is gone.
  return isGroup ? value : {};
}

function refusedPaths(issue: z.core.$ZodIssue): readonly Path[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
  // A source of unknown kind was not looked into any further.
  const isKind =
    issue.code === 'invalid_union' &&
    issue.inclusive !== false &&
    issue.discriminator !== undefined;
  return [isKind ? path.slice(0, -1) : path];
}

function clear(value: unknown, path: Path): void {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return;
  const key = String(step);
  if (rest.length > 0) clear(Reflect.get(value, key), rest);
  else Reflect.set(value, key, undefined);
}
