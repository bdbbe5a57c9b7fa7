import {
  createParamDecorator,
  type ExecutionContext,
  Param,
  type PipeTransform,
  Query,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DomainError, type DomainErrorCode } from '../core/domain-error';
import { parseRepositoryName } from '../core/names';
import { assertInReach } from './access';
import { parseJson } from './json-body';

/** The parsed body of a request: raw bytes, then JSON, then the schema, once. */
export function JsonBody(schema: z.ZodType): ParameterDecorator {
  return createParamDecorator((_: unknown, context: ExecutionContext) => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const body = parseBody(schema, request.body);
    const named = NamesRepository.safeParse(body);
    if (named.success) assertInReach(request, named.data.repository);
    return body;
  })();
}

/** A body may name the repository that it is about, as a path does. */
const NamesRepository = z.object({ repository: z.string().transform(parseRepositoryName) });

/** The query parameters of a request, checked by a schema. */
export function QueryParameters(schema: z.ZodType): ParameterDecorator {
  return Query(new QueryPipe(schema));
}

/** A whole number in the path. */
export function NumberParameter(name: string): ParameterDecorator {
  return Param(name, new QueryPipe(z.coerce.number().int().nonnegative()));
}

function parseBody<Result>(schema: z.ZodType<Result>, body: unknown): Result {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  return parseWith(schema, bytes.length === 0 ? {} : parseJson(bytes), 'body-invalid');
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
