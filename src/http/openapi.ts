import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { openApiSchema } from './documented';
import { PROBLEM_MEDIA_TYPE, ProblemSchema } from './problem';

/** The OpenAPI document of all routes, made from the schemas that the routes work with. */
export function createOpenApi(app: INestApplication): OpenAPIObject {
  const description = 'Keeps the moving tags of container images right, and remembers every move.';
  const builder = new DocumentBuilder()
    .setTitle('Tagward')
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, builder);
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.put, path.post, path.delete]) {
      if (operation === undefined) continue;
      operation.responses.default = {
        description: 'A problem, RFC 9457',
        content: { [PROBLEM_MEDIA_TYPE]: { schema: openApiSchema(ProblemSchema, 'output') } },
      };
    }
  }
  return document;
}

/** Serves the document at `/openapi.json`. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createOpenApi(app), {
    ui: false,
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
  });
}
