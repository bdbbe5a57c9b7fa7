import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { NAME_PATTERNS } from '../core/names';
import { openApiSchema } from './documented';
import { DigestField, TagField } from './fields';
import { PROBLEM_MEDIA_TYPE, ProblemSchema } from './problem';

/** The OpenAPI document of all routes, made from the schemas that the routes work with. */
export function createOpenApi(app: INestApplication): OpenAPIObject {
  const description = 'Keeps the moving tags of container images right, and remembers every move.';
  const builder = new DocumentBuilder()
    .setTitle('Tagward')
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .build();
  const document = SwaggerModule.createDocument(app, builder);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of ['get', 'put', 'post', 'delete'] as const) {
      const operation = item[method];
      if (operation !== undefined) complete(operation, path, method);
    }
  }
  return document;
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** What all routes have in common, and none of them says. */
function complete(operation: Operation, path: string, method: string): void {
  operation.responses.default = {
    description: 'A problem, RFC 9457',
    content: { [PROBLEM_MEDIA_TYPE]: { schema: openApiSchema(ProblemSchema, 'output') } },
  };
  operation.security = securityOf(path, method);
  if (path.startsWith('/webhooks/')) operation.requestBody = ANY_JSON;
  for (const parameter of operation.parameters ?? []) {
    if (!('in' in parameter)) continue;
    const field = parameter.in === 'path' ? PATH_FIELDS[parameter.name] : undefined;
    if (field !== undefined) parameter.schema = openApiSchema(field, 'input');
    // A condition that is missing has an answer of its own.
    if (parameter.in === 'header') parameter.required = false;
  }
}

/** Webhooks and probes ask for no token; what only reads may be open to all (`anonymous: read`). */
function securityOf(path: string, method: string): Operation['security'] & object {
  if (/^\/(?:webhooks\/|livez$|readyz$)/.test(path)) return [];
  return method === 'get' ? [{ bearer: [] }, {}] : [{ bearer: [] }];
}

const ANY_JSON = {
  description: 'As the sender of the source makes it',
  required: true,
  content: { 'application/json': { schema: {} } },
};

const PATH_FIELDS: Readonly<Record<string, z.ZodType>> = {
  slug: z.string().meta({ pattern: NAME_PATTERNS.slug, example: 'local~gallery~ui' }),
  tag: TagField,
  digest: DigestField,
  target: z.string().meta({ pattern: NAME_PATTERNS.tagOrDigest }),
  reporter: z.string().meta({ pattern: NAME_PATTERNS.reporter }),
  registry: z.string().meta({ pattern: NAME_PATTERNS.registry }),
  id: z.int().nonnegative(),
};

/** Serves the document at `/openapi.json`. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createOpenApi(app), {
    ui: false,
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
  });
}
