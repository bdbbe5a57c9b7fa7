import fc from 'fast-check';
import { FakeRegistry } from '../support/fake-registry';
import { bearer, type HttpAnswer, type RunningService, startService } from '../support/service';
import { ADMIN_TOKEN } from '../support/test-config';
import { answersOf, type DocumentedRoute, readRoutes } from './openapi-document';
import { anyRequests, legalRequests, type RouteRequest } from './openapi-values';

const RUNS = 10;
const LONGEST_MS = 300_000;
const TAGS = ['1.0.0', '1.0.1', '1.1.0'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

let registry: FakeRegistry;
let service: RunningService;
let routes: readonly DocumentedRoute[];

beforeAll(async () => {
  registry = await FakeRegistry.start();
  const extra = ['limits: { refusedPerAddress: 0, deliveriesPerSource: 0 }'];
  service = await startService({ registryUrl: registry.url, extra });
  routes = await readRoutes(service.client);
  for (const tag of TAGS) {
    registry.pushImage('gallery/ui', tag);
    await service.client.release({ tag });
  }
});

afterAll(async () => {
  await service.stop();
  await registry.stop();
  service.config.remove();
});

function send(
  { method, path, headers, body }: RouteRequest,
  token: Readonly<Record<string, string>> = bearer(ADMIN_TOKEN),
): Promise<HttpAnswer> {
  return service.client.send(method, path, { ...headers, ...token }, body);
}

/** What an answer has that the document does not name. */
function undocumentedIn(route: DocumentedRoute, answer: HttpAnswer): string | undefined {
  if (answer.status >= 500) return `status ${answer.status}`;
  const answers = answersOf(route, answer.status);
  if (answers === undefined) return `status ${answer.status} is not in the document`;
  const type = answer.headers.get('content-type')?.split(';', 1)[0] ?? '';
  const check = answers[type];
  if (check === undefined) return `media type ${type} of ${answer.status} is not in the document`;
  if (!type.includes('json')) return undefined;
  const parsed = check.safeParse(answer.json);
  return parsed.success ? undefined : `body of ${answer.status}: ${parsed.error.message}`;
}

async function expectOfAll(
  requestsOf: (route: DocumentedRoute) => fc.Arbitrary<RouteRequest>,
  faultOf: (route: DocumentedRoute, request: RouteRequest) => Promise<string | undefined>,
): Promise<void> {
  for (const route of routes) {
    const property = fc.asyncProperty(requestsOf(route), async (request) => {
      const fault = await faultOf(route, request);
      if (fault !== undefined) throw new Error(`${request.method} ${request.path}: ${fault}`);
    });
    await fc.assert(property, { numRuns: RUNS });
  }
}

describe('every route of the OpenAPI document', () => {
  it(
    'answers legal requests as the document says',
    () =>
      expectOfAll(legalRequests, async (route, request) =>
        undocumentedIn(route, await send(request)),
      ),
    LONGEST_MS,
  );

  it(
    'answers any request as the document says',
    () =>
      expectOfAll(anyRequests, async (route, request) =>
        undocumentedIn(route, await send(request)),
      ),
    LONGEST_MS,
  );

  it(
    'asks for a token where the document does, and nowhere else',
    () =>
      expectOfAll(legalRequests, async (route, request) => {
        const { status } = await send(request, {});
        if (!asksForToken(route, 'read')) return undefined;
        return status === 401 ? undefined : `status ${status} without a token`;
      }),
    LONGEST_MS,
  );

  it(
    'asks for a token to read, too, where nobody may do so without',
    async () => {
      const extra = ['limits: { refusedPerAddress: 0, deliveriesPerSource: 0 }'];
      const options = { registryUrl: registry.url, extra, anonymous: 'none' } as const;
      const closed = await startService(options);
      try {
        await expectOfAll(legalRequests, async (route, { method, path, headers, body }) => {
          const { status } = await closed.client.send(method, path, headers, body);
          if (!asksForToken(route, 'none')) return undefined;
          return status === 401 ? undefined : `status ${status} without a token`;
        });
      } finally {
        await closed.stop();
        closed.config.remove();
      }
    },
    LONGEST_MS,
  );

  it('takes no other method, and says which ones it takes', async () => {
    const byPath = new Map(
      routes.map(({ path }) => [path, routes.filter((each) => each.path === path)]),
    );
    for (const [path, known] of byPath) {
      const taken = known.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
      for (const method of METHODS.filter((each) => !taken.includes(each))) {
        const url = `${service.client.url}${filled(path)}`;
        const answer = await fetch(url, { method, headers: bearer(ADMIN_TOKEN) });
        const allow = answer.headers.get('allow');
        expect([method, path, answer.status, allow]).toEqual([
          ...[method, path, 405, taken.sort().join(', ')],
        ]);
      }
    }
  });

  it(
    'refuses a field that its body does not have with 422',
    () =>
      expectOfAll(legalRequests, async (route, request) => {
        if (!isClosed(route) || request.body === undefined) return undefined;
        const body = JSON.stringify({ ...parsed(request.body), 'no-field': 1 });
        const { status } = await send({ ...request, path: filled(route.path), body });
        return status === 422 ? undefined : `status ${status}`;
      }),
    LONGEST_MS,
  );

  it('refuses a parameter that its query does not have with 400', async () => {
    for (const route of routes.filter(hasQuery)) {
      const { status } = await service.client.send(
        ...(['GET', `${filled(route.path)}?no-field=1`, bearer(ADMIN_TOKEN)] as const),
      );
      expect([route.path, status]).toEqual([route.path, 400]);
    }
  });
});

/** Whether the document says so, where `anonymous` is this. */
function asksForToken({ operation }: DocumentedRoute, anonymous: 'read' | 'none'): boolean {
  const ways = operation.security.filter((way) => 'bearer' in way || anonymous === 'read');
  return ways.length > 0 && ways.every((way) => 'bearer' in way);
}

/** A path of a repository, a tag and so on that are there. */
function filled(path: string): string {
  const values: Readonly<Record<string, string>> = {
    ...{ slug: 'local~gallery~ui', tag: '1.0', target: '1.0.0', registry: 'local', id: '1' },
    ...{ digest: `sha256:${'a'.repeat(64)}`, reporter: 'cluster', source: 'ci', secret: 'x' },
  };
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '');
}

function hasQuery({ operation }: DocumentedRoute): boolean {
  return operation.parameters.some((parameter) => parameter.in === 'query');
}

/** Webhooks take what their senders send. */
function isClosed({ operation: { requestBody } }: DocumentedRoute): boolean {
  const schema = requestBody?.content['application/json']?.schema;
  return schema?.['additionalProperties'] === false;
}

function parsed(body: string): object {
  return Object(JSON.parse(body)) as object;
}
