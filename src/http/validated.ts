import { Body, Param, type PipeTransform, Query } from '@nestjs/common';
import { z } from 'zod';
import { DomainError, type DomainErrorCode } from '../core/domain-error';
import { parseJson } from './json-body';

/** The parsed body of a request: raw bytes, then JSON, then the schema, once. */
export function JsonBody(schema: z.ZodType): ParameterDecorator {
  return Body(new JsonBodyPipe(schema));
}

/** The query parameters of a request, checked by a schema. */
export function QueryParameters(schema: z.ZodType): ParameterDecorator {
  return Query(new QueryPipe(schema));
}

/** A whole number in the path. */
export function NumberParameter(name: string): ParameterDecorator {
  return Param(name, new QueryPipe(z.coerce.number().int().nonnegative()));
}

class JsonBodyPipe implements PipeTransform<unknown> {
  constructor(private readonly schema: z.ZodType) {}

  transform(body: unknown): unknown {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    return parseWith(this.schema, bytes.length === 0 ? {} : parseJson(bytes), 'body-invalid');
  }
}

class QueryPipe implements PipeTransform<unknown> {
  constructor(private readonly schema: z.ZodType) {}

  transform(query: unknown): unknown {
    return parseWith(this.schema, query, 'query-invalid');
  }
}

/** More would make an answer longer than its question. */
const MOST_FAULTS = 20;

/** Parses an outside value, with its faults in one sentence. */
export function parseWith<Result>(
  schema: z.ZodType<Result>,
  value: unknown,
  code: DomainErrorCode,
): Result {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, MOST_FAULTS).map(({ path, message }) => {
    const place = path.map(String).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  throw new DomainError(code, faults.join('; '), { cause: parsed.error });
}
