import { z } from 'zod';

/**
 * Building blocks of the configuration's schemas. The error text of a part is what is allowed there,
 * and nothing else: schema-faults.ts puts it behind what was found.
 */

/** A group of known keys; the error text for an unknown one lists the known ones. */
export function group<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<z.util.Writeable<Shape>, z.core.$strict> {
  const known = Object.keys(shape).join(KEY_SEPARATOR);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined),
  });
}

/** Stands between the known keys in the error text of a {@link group}. */
export const KEY_SEPARATOR = ', ';

/** Text that `parse` turns into a value; undefined from it is a fault. */
export function textOf<Value>(
  parse: (text: string) => Value | undefined,
  allowed: string,
): z.ZodPipe<z.ZodString, z.ZodTransform<Value, string>> {
  return z.string(allowed).transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: allowed });
    return z.NEVER;
  });
}

/** A list with at least one entry. */
export function listOf<Entry extends z.ZodType>(entry: Entry, allowed: string): z.ZodArray<Entry> {
  return z.array(entry, { error: allowed }).min(1, allowed);
}

/** A whole number within both limits. */
export function wholeNumber(least: number, most: number): z.ZodInt {
  const allowed = `a whole number from ${least} to ${most}`;
  return z.int(allowed).min(least, allowed).max(most, allowed);
}

/** Editors check of a group what the schema checks in a transform: exactly one of these key sets. */
export function exactlyOneOf(...keySets: readonly (readonly string[])[]): {
  readonly oneOf: readonly { readonly required: readonly string[] }[];
} {
  return { oneOf: keySets.map((required) => ({ required })) };
}

/** The path of a file, relative to the configuration unless it is absolute. */
export const filePath = z.string('the path of a file').min(1, 'the path of a file');

/** Any text passes here: secret-reader.ts says what is wrong with it without repeating it. */
export const inlineSecret = z.string('${NAME} from the environment').optional();

export function inline(what: string): { readonly description: string } {
  return { description: `${what}, only as \${NAME} from the environment.` };
}

export function inFile(what: string): { readonly description: string } {
  return {
    description: `File with ${what}, relative to this file; its last newline is not part of it.`,
  };
}
