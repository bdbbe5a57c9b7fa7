import { RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { ModulesContainer } from '@nestjs/core';
import { z } from 'zod';
import { createOpenApi } from '../../src/http/openapi';
import { type RunningService, startService } from '../support/service';
import { NOWHERE } from '../deliveries/delivery-list';

const Operation = z.object({
  summary: z.string().min(10),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean() }))
    .default([]),
  responses: z.record(
    z.string(),
    z.object({
      content: z.record(z.string(), z.object({ schema: z.looseObject({}) })).default({}),
    }),
  ),
});
const OpenApi = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

let service: RunningService;
let document: z.infer<typeof OpenApi>;

beforeAll(async () => {
  service = await startService({ registryUrl: NOWHERE });
  const answer = await service.client.send('GET', '/openapi.json');
  document = OpenApi.parse(answer.json);
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
});

describe(createOpenApi, () => {
  it('is OpenAPI 3.0', () => {
    expect(document.openapi).toMatch(/^3\.0\.\d+$/);
  });

  it('lists every route that the app answers, and no other', () => {
    const documented = listOperations().map(({ method, path }) => `${method} ${path}`);

    expect(documented.sort()).toEqual(
      routesOf(service)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('lists the routes of the contract', () => {
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        ...['/webhooks/{source}', '/livez', '/readyz', '/api/v1/deliveries', '/api/v1/moves'],
        ...['/api/v1/deliveries/{id}/replays', '/api/v1/plans', '/api/v1/releases'],
        ...['/api/v1/repositories/{slug}/tags/{tag}/at', '/api/v1/retention-runs/{id}'],
      ]),
    );
  });

  it('describes the answer of each route when all goes well', () => {
    const routes = new Map(routesOf(service).map(({ name, status }) => [name, String(status)]));

    for (const { method, path, operation } of listOperations()) {
      const status = routes.get(`${method} ${path}`) ?? '';
      if (path === '/metrics') continue;
      const schema = operation.responses[status]?.content['application/json']?.schema;
      expect([path, status, schema]).toEqual([
        path,
        status,
        expect.objectContaining({ type: 'object', properties: expect.any(Object) as object }),
      ]);
    }
  });

  it('describes the metrics as text', () => {
    const [metrics] = listOperations().filter(({ path }) => path === '/metrics');

    expect(metrics?.operation.responses['200']?.content['text/plain']?.schema).toEqual({
      type: 'string',
    });
  });

  it('describes the problem of each route', () => {
    for (const { path, operation } of listOperations()) {
      const content = operation.responses['default']?.content ?? {};
      expect([path, Object.keys(content)]).toEqual([path, ['application/problem+json']]);
    }
  });

  it('names every parameter in a path', () => {
    for (const { path, operation } of listOperations()) {
      const inPath = operation.parameters.filter((each) => each.in === 'path');
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([path, inPath.map(({ name }) => name).sort()]).toEqual([path, names.sort()]);
    }
  });

  it('names the query of a list, all of it optional', () => {
    const parameters = document.paths['/api/v1/deliveries']?.['get']?.parameters ?? [];

    expect(parameters.map(({ name, required }) => [name, required])).toEqual([
      ['limit', false],
      ['cursor', false],
      ['status', false],
      ['source', false],
      ['repository', false],
    ]);
  });

  it('refers to nothing outside of itself', () => {
    expect(JSON.stringify(document)).not.toContain('$ref');
  });
});

interface DocumentedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: z.infer<typeof Operation>;
}

function listOperations(): readonly DocumentedOperation[] & DocumentedOperation[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );
}

interface Route {
  /** Such as `get /api/v1/deliveries/{id}`. */
  readonly name: string;
  /** Of its answer when all goes well. */
  readonly status: number;
}

/** What the controllers of the app say themselves. */
function routesOf({ app }: RunningService): readonly Route[] {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = modules.flatMap((each) => [...each.controllers.values()]);
  return controllers.flatMap(({ metatype }) =>
    metatype === null ? [] : routesOfController(metatype),
  );
}

function routesOfController(controller: {
  readonly prototype?: unknown;
  readonly name: string;
}): readonly Route[] {
  const prototype = Object(controller.prototype) as Record<string, object>;
  const base = readText(PATH_METADATA, controller);
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name];
    if (handler === undefined || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
    const method = z.enum(RequestMethod).parse(Reflect.getMetadata(METHOD_METADATA, handler));
    const path = `/${[base, readText(PATH_METADATA, handler)].join('/')}/`
      .replaceAll(/\/{2,}/g, '/')
      .replace(/(.)\/$/, '$1')
      .replaceAll(/:(\w+)/g, '{$1}');
    const usual = method === RequestMethod.POST ? 201 : 200;
    const code: unknown = Reflect.getMetadata(HTTP_CODE_METADATA, handler);
    const status = z.number().default(usual).parse(code);
    return [{ name: `${RequestMethod[method].toLowerCase()} ${path}`, status }];
  });
}

function readText(key: string, target: object): string {
  return z.string().parse(Reflect.getMetadata(key, target));
}
