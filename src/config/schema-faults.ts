import type { z } from 'zod';

import { type Finding, type Path, textOfPath } from './finding';
import { describeFound } from './found-value';
import { KEY_SEPARATOR } from './schema-parts';
import { closestName, suggest } from './suggestion';

type Issue = z.core.$ZodIssue;

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a group of keys'],
  ['record', 'a group of keys'],
]);

/** What is allowed where the schema itself does not say it; given to zod as its error map. */
export function allowedBy(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return TYPE_NAMES.get(issue.expected) ?? issue.expected;
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ');
  if (issue.code !== 'invalid_union' || issue.inclusive === false) return undefined;
  return issue.options?.map(String).join(', ');
}

/** What the schema refuses, in words. `value` is the file that was validated. */
export function findingsOf(issues: readonly Issue[], value: unknown): readonly Finding[] {
  const meant = new Set(issues.flatMap(namesMeant));
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue);
    const path = pathOf(issue);
    // `mach: …` is one fault, not two: the unknown key says already that `match` was meant.
    if (valueAt(value, path) === undefined && meant.has(textOfPath(path))) return [];
    return [findingOf(issue, path, value)];
  });
}

/** Where an issue stands. */
export function pathOf(issue: Issue): Path {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
}

function findingOf(issue: Issue, path: Path, value: unknown): Finding {
  if (issue.code === 'invalid_key') {
    const found = JSON.stringify(path.at(-1));
    const allowed = issue.issues.map(({ message }) => message).join('; ');
    return { path, of: 'key', sentence: notAllowed(found, allowed) };
  }
  const found = valueAt(value, path);
  if (found === undefined) {
    return { path, of: 'value', sentence: `is missing; allowed: ${issue.message}` };
  }
  const sentence = notAllowed(describeFound(found, path), issue.message);
  return { path, of: 'value', sentence };
}

function notAllowed(found: string, allowed: string): string {
  return `${found} is not allowed here; allowed: ${allowed}`;
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys): readonly Finding[] {
  const known = issue.message.split(KEY_SEPARATOR);
  return issue.keys.map((key) => ({
    path: [...pathOf(issue), key],
    of: 'key',
    sentence: `\`${key}\` is not a setting of this version; ${suggest(key, known)}`,
  }));
}

function namesMeant(issue: Issue): readonly string[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const known = issue.message.split(KEY_SEPARATOR);
  return issue.keys
    .map((key) => closestName(key, known))
    .filter((name) => name !== undefined)
    .map((name) => textOfPath([...pathOf(issue), name]));
}

/** Undefined when nothing stands at the path. */
function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.entries(current).find(([key]) => key === String(step))?.[1];
  }
  return current;
}
