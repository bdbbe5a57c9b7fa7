import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

export interface Documentation {
  readonly summary: string;
  readonly query?: z.ZodObject<Readonly<Record<string, z.ZodType>>>;
  readonly body?: z.ZodType;
  /** JSON unless said. */
  readonly mediaType?: string;
  /** The schema of each successful answer by its status. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
}

/** Describes a route in the OpenAPI document by the very schemas that it works with. */
export function Documented(documentation: Documentation): MethodDecorator {
  const { summary, query, body, answers, mediaType = 'application/json' } = documentation;
  return applyDecorators(
    forgetParameterTypes,
    ApiOperation({ summary }),
    ...Object.entries(query?.shape ?? {}).map(([name, field]) =>
      ApiQuery({ name, required: !isOptional(field), schema: openApiSchema(field, 'input') }),
    ),
    ...(body === undefined ? [] : [bodyOf(body)]),
    ...Object.entries(answers).map(([status, answer]) =>
      ApiResponse({
        status: Number(status),
        description: summary,
        content: { [mediaType]: { schema: openApiSchema(answer, 'output') } },
      }),
    ),
  );
}

/**
 * Swagger looks for parameters in the types that a compiler emits, and takes the schema that shares
 * its name with a type for a class. The schemas say it all, so the types are plain.
 */
function forgetParameterTypes(target: object, name: string | symbol): void {
  const types: unknown = Reflect.getMetadata('design:paramtypes', target, name);
  if (!Array.isArray(types)) return;
  Reflect.defineMetadata(
    'design:paramtypes',
    types.map(() => String),
    target,
    name,
  );
}

type ResponseSchema = NonNullable<
  NonNullable<Parameters<typeof ApiResponse>[0]> extends infer Options
    ? Options extends { schema: infer Schema }
      ? Schema
      : never
    : never
>;

/** The JSON Schema of OpenAPI 3.0 of what goes into a schema or comes out of it. */
export function openApiSchema(schema: z.ZodType, io: 'input' | 'output'): ResponseSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    ...{ target: 'openapi-3.0', io },
    // A hint for editors: what is listed twice is taken once.
    override: ({ jsonSchema }) => {
      delete jsonSchema.uniqueItems;
    },
  });
  // zod and swagger type the same document by types of their own.
  return json as ResponseSchema;
}

/** A request without a body is one with an empty object. */
function bodyOf(body: z.ZodType): MethodDecorator {
  const required = !body.safeParse({}).success;
  return ApiBody({ required, schema: openApiSchema(body, 'input') });
}

function isOptional(field: z.ZodType): boolean {
  return field.safeParse(undefined).success;
}
