import { z } from 'zod';
import type { ServiceClient } from '../support/service';

export type JsonSchema = Readonly<Record<string, unknown>>;

const Schema = z.record(z.string(), z.unknown());
const Content = z.record(z.string(), z.object({ schema: Schema }));
const Operation = z.object({
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean(),
        schema: Schema,
      }),
    )
    .default([]),
  requestBody: z.object({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content.default({}) })),
  security: z.array(z.record(z.string(), z.unknown())),
});
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

/** A route as the OpenAPI document describes it. */
export interface DocumentedRoute {
  /** In capital letters. */
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly operation: z.infer<typeof Operation>;
}

/** All routes of the document that a service serves. */
export async function readRoutes(client: ServiceClient): Promise<readonly DocumentedRoute[]> {
  const { paths } = Document.parse((await client.send('GET', '/openapi.json')).json);
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...{ method: method.toUpperCase(), path, operation },
    })),
  );
}

/** What an answer with a status has to be, by media type; undefined when the document has none. */
export function answersOf(
  { operation: { responses } }: DocumentedRoute,
  status: number,
): Readonly<Record<string, z.ZodType>> | undefined {
  const response = responses[String(status)] ?? (status >= 400 ? responses['default'] : undefined);
  if (response === undefined) return undefined;
  const entries = Object.entries(response.content);
  return Object.fromEntries(entries.map(([type, { schema }]) => [type, checkOf(schema)]));
}

const checks = new WeakMap<JsonSchema, z.ZodType>();

/** A schema of the document as one that checks. */
function checkOf(schema: JsonSchema): z.ZodType {
  const known = checks.get(schema);
  if (known !== undefined) return known;
  const check = z.fromJSONSchema(schema, { defaultTarget: 'openapi-3.0' });
  checks.set(schema, check);
  return check;
}
