import fc from 'fast-check';
import type { DocumentedRoute, JsonSchema } from './openapi-document';

/** Names of what is there, so that requests go beyond "not found". */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  slug: ['local~gallery~ui'],
  repository: ['local/gallery/ui'],
  tag: ['1.0.0', '1.0', '1', 'latest', '9.9.9'],
  registry: ['local'],
  source: ['ci', 'events'],
  id: ['1', '2', '3'],
};

const HOSTILE: readonly string[] = [
  ...[
    '',
    ' ',
    '..',
    '../..',
    '%',
    '%00',
    '%zz',
    '\0',
    '\n',
    '\u001b[2J',
    'é',
    '😀',
    '*',
    '~',
    '#',
    '?',
  ],
  ...['-1', '1.5', '1e999', '9007199254740993', 'null', 'true', '[]', '{}', 'NaN', '0x10'],
  ...['__proto__', 'constructor', 'sha256:', 'sha512:0', 'x'.repeat(400), 'x'.repeat(3_000)],
  ...['1970-01-01', '2026-13-01T00:00:00Z', '9999-12-31T23:59:59Z', "'; drop table moves; --"],
];

/** A request to a route. */
export interface RouteRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Requests to a route with values that its schemas allow, as far as a schema can say that. */
export function legalRequests(route: DocumentedRoute): fc.Arbitrary<RouteRequest> {
  return requestsWith(route, legalText, legalBody(route));
}

/** Requests with any values at all, in part legal ones. */
export function anyRequests(route: DocumentedRoute): fc.Arbitrary<RouteRequest> {
  const anyText = (name: string, schema: JsonSchema): fc.Arbitrary<string> =>
    fc.oneof(legalText(name, schema), fc.constantFrom(...HOSTILE), fc.string({ unit: 'grapheme' }));
  const bodies = fc.oneof(legalBody(route), anyBody(route));
  // fetch sends no GET with a body.
  return requestsWith(route, anyText, route.method === 'GET' ? fc.constant(undefined) : bodies);
}

type TextOf = (name: string, schema: JsonSchema) => fc.Arbitrary<string>;

function requestsWith(
  route: DocumentedRoute,
  textOf: TextOf,
  bodies: fc.Arbitrary<string | undefined>,
): fc.Arbitrary<RouteRequest> {
  const { method, path, operation } = route;
  const values = operation.parameters.map(({ name, required, schema }) =>
    required ? textOf(name, schema) : fc.option(textOf(name, schema), { nil: undefined }),
  );
  return fc.tuple(fc.tuple(...values), bodies).map(([texts, body]) => {
    const given = operation.parameters.flatMap((parameter, at) => {
      const text = texts[at];
      return text === undefined ? [] : [{ ...parameter, text }];
    });
    const inPlace = (place: string): typeof given => given.filter((each) => each.in === place);
    const query = new URLSearchParams(
      inPlace('query').map(({ name, text }): [string, string] => [name, text]),
    );
    const filled = inPlace('path').reduce(
      (text, each) =>
        text.replace(
          `{${each.name}}`,
          encodeURIComponent(each.text.replaceAll(/\p{Surrogate}/gu, '')),
        ),
      path,
    );
    const headers = inPlace('header').map(({ name, text }) => [name, headerText(text)] as const);
    const type = body === undefined ? [] : [['content-type', 'application/json'] as const];
    return {
      ...{ method, body, path: query.size === 0 ? filled : `${filled}?${query.toString()}` },
      headers: Object.fromEntries([...headers, ...type]),
    };
  });
}

function headerText(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '');
}

function legalText(name: string, schema: JsonSchema): fc.Arbitrary<string> {
  const known = KNOWN[name] ?? [];
  const made = legalValue(schema).map((value) => String(value));
  return known.length === 0 ? made : fc.oneof(fc.constantFrom(...known), made);
}

function legalBody({
  operation: { requestBody },
}: DocumentedRoute): fc.Arbitrary<string | undefined> {
  const schema = requestBody?.content['application/json']?.schema;
  if (schema === undefined) return fc.constant(undefined);
  return legalValue(schema).map((value) => JSON.stringify(value));
}

/** A legal body with one thing wrong, no object, no JSON, or none. */
function anyBody(route: DocumentedRoute): fc.Arbitrary<string | undefined> {
  return fc.oneof(
    fc.tuple(legalBody(route), fc.string(), fc.jsonValue()).map(([body = '{}', key, value]) => {
      const parsed: unknown = JSON.parse(body);
      return typeof parsed === 'object' ? JSON.stringify({ ...parsed, [key]: value }) : body;
    }),
    fc.tuple(legalBody(route), fc.nat(200)).map(([body = '{}', end]) => body.slice(0, end)),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom(...['', 'null', '[]', '"a"', '1', '{"__proto__":{}}', '{"reason":1e999}']),
    fc.constant(undefined),
  );
}

const TIMES = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });

/** Values that a schema allows. */
function legalValue(schema: JsonSchema): fc.Arbitrary<unknown> {
  const choices = listIn(schema, 'anyOf') ?? listIn(schema, 'oneOf');
  if (choices !== undefined) return fc.oneof(...choices.map(legalValue));
  const allowed = schema['enum'];
  if (Array.isArray(allowed)) return fc.constantFrom(...(allowed as readonly unknown[]));
  switch (schema['type']) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return legalNumber(schema);
    case 'string':
      return legalString(schema);
    case 'array':
      return fc.array(legalValue(schemaIn(schema, 'items')), {
        ...{ minLength: numberIn(schema, 'minItems', 0), maxLength: 4 },
      });
    case 'object':
      return legalObject(schema);
    default:
      return fc.jsonValue();
  }
}

function legalNumber(schema: JsonSchema): fc.Arbitrary<number> {
  const min = numberIn(schema, 'minimum', 0);
  const max = numberIn(schema, 'maximum', Number.MAX_SAFE_INTEGER);
  return fc.oneof(fc.integer({ min, max: Math.min(max, min + 20) }), fc.constantFrom(min, max));
}

function legalString(schema: JsonSchema): fc.Arbitrary<string> {
  if (schema['format'] === 'date-time') return TIMES.map((time) => time.toISOString());
  if (schema['format'] === 'uri') return fc.webUrl();
  const lengths = {
    minLength: numberIn(schema, 'minLength', 0),
    maxLength: Math.min(numberIn(schema, 'maxLength', 40), 1_000),
  };
  const { pattern } = schema;
  if (typeof pattern !== 'string') return fc.string(lengths);
  return fc
    .stringMatching(new RegExp(pattern), { size: '-1' })
    .filter(({ length }) => length >= lengths.minLength);
}

function legalObject(schema: JsonSchema): fc.Arbitrary<object> {
  const fields = Object.entries(objectIn(schema, 'properties'));
  const required = schema['required'];
  const record = fc.record(
    Object.fromEntries(fields.map(([name, field]) => [name, legalValue(toSchema(field))])),
    { requiredKeys: Array.isArray(required) ? required.map(String) : [] },
  );
  const more = schema['additionalProperties'];
  if (typeof more !== 'object' || more === null) return record;
  return fc.dictionary(fc.constantFrom('local~gallery~ui', 'x'), legalValue(toSchema(more)));
}

function listIn(schema: JsonSchema, key: string): readonly JsonSchema[] | undefined {
  const value = schema[key];
  return Array.isArray(value) ? value.map(toSchema) : undefined;
}

function schemaIn(schema: JsonSchema, key: string): JsonSchema {
  return toSchema(schema[key] ?? {});
}

function objectIn(schema: JsonSchema, key: string): object {
  return Object(schema[key] ?? {}) as object;
}

function numberIn(schema: JsonSchema, key: string, otherwise: number): number {
  const value = schema[key];
  return typeof value === 'number' ? value : otherwise;
}

/** Schemas stand where schemas stand. */
function toSchema(value: unknown): JsonSchema {
  return Object(value) as JsonSchema;
}
