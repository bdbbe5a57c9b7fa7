import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Before a request reaches the registry, or after it took effect and before its answer is sent. */
export type Moment = 'before' | 'after';

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  /** `performance.now()` when it came. */
  readonly at: number;
  /** Of the body. */
  readonly digest: string;
  /** What the registry answered; undefined when the request did not reach it. */
  readonly status?: number;
  /** When an answer, be it the registry's or the proxy's, was sent. */
  readonly answeredAt?: number;
}

export type RequestMatch = (request: Pick<ProxiedRequest, 'method' | 'path'>) => boolean;

/** `silent`: no answer until the trouble ends, then a reset. */
export type Trouble =
  | { readonly kind: 'error' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

export interface HeldRequest {
  /** Resolves when the request is there. */
  readonly reached: Promise<ProxiedRequest>;
  release(): void;
}

type Listener = (moment: Moment, request: ProxiedRequest) => Promise<void> | undefined;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A reverse proxy before a registry that delays, holds, fails, and remembers every request. */
export class FaultyProxy {
  /** Milliseconds that each request takes longer. */
  readonly latency: Record<Moment, (request: ProxiedRequest) => number> = {
    before: () => 0,
    after: () => 0,
  };
  private readonly requests: ProxiedRequest[] = [];
  private readonly listeners = new Set<Listener>();
  private readonly silenced = new Set<ServerResponse>();
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server: Server;
  private trouble: Trouble | undefined;
  private port = 0;

  private constructor(private readonly target: string) {
    this.server = createServer((incoming, response) => {
      this.serve(incoming, response).catch(() => response.destroy());
    });
  }

  /** The target is a URL without a slash at the end. */
  static async start(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await proxy.accept();
    return proxy;
  }

  async stop(): Promise<void> {
    await this.refuse();
    this.agent.destroy();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Oldest first, in the order in which they came. */
  get log(): readonly ProxiedRequest[] {
    return this.requests;
  }

  /** From now on connections are refused. */
  async refuse(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** From now on connections are taken, on the same port. */
  async accept(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    // A TCP server has an AddressInfo; a string is a pipe's name.
    this.port = (this.server.address() as AddressInfo).port;
  }

  beginTrouble(trouble: Trouble): void {
    this.trouble = trouble;
  }

  endTrouble(): void {
    this.trouble = undefined;
    for (const response of this.silenced) response.socket?.resetAndDestroy();
    this.silenced.clear();
  }

  /** Holds the `count`th matching request at a moment until it is released or its client is gone. */
  holdNext(moment: Moment, match: RequestMatch, count = 1): HeldRequest {
    const reached = deferred<ProxiedRequest>();
    const gate = deferred<undefined>();
    let seen = 0;
    const listener: Listener = (at, request) => {
      if (at !== moment || !match(request)) return undefined;
      seen += 1;
      if (seen < count) return undefined;
      this.listeners.delete(listener);
      reached.resolve(request);
      return gate.promise;
    };
    this.listeners.add(listener);
    return {
      reached: reached.promise,
      release: () => {
        gate.resolve(undefined);
      },
    };
  }

  /** Resolves when the `count`th matching request from now on is at the moment, and lets it pass. */
  passes(moment: Moment, match: RequestMatch, count: number): Promise<ProxiedRequest> {
    const held = this.holdNext(moment, match, count);
    held.release();
    return held.reached;
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = performance.now();
    const isGone = (): boolean => response.destroyed;
    const gone = once(response, 'close');
    const body = await readAll(incoming);
    const { method = 'GET', url: path = '/' } = incoming;
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const index = this.requests.push({ method, path, at, digest }) - 1;
    await this.wait('before', index, gone);
    // The client is gone, and its request with it.
    if (isGone() || this.isRefused(response, index)) return;
    const answer = await this.forward(incoming, body);
    this.amend(index, { status: answer.status });
    await this.wait('after', index, gone);
    if (isGone()) return;
    this.amend(index, { answeredAt: performance.now() });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  private isRefused(response: ServerResponse, index: number): boolean {
    const { trouble } = this;
    if (trouble === undefined) return false;
    if (trouble.kind === 'silent') {
      this.silenced.add(response);
      return true;
    }
    this.amend(index, { answeredAt: performance.now() });
    if (trouble.kind === 'error') response.writeHead(500);
    else response.writeHead(429, { 'retry-after': String(trouble.retryAfterSeconds) });
    response.end();
    return true;
  }

  private async wait(moment: Moment, index: number, gone: Promise<unknown>): Promise<void> {
    const entry = this.requests[index];
    if (entry === undefined) return;
    const gates = [...this.listeners].map((listener) => listener(moment, entry));
    await Promise.race([Promise.all([...gates, delay(this.latency[moment](entry))]), gone]);
  }

  private amend(index: number, facts: Partial<ProxiedRequest>): void {
    const entry = this.requests[index];
    if (entry !== undefined) this.requests[index] = { ...entry, ...facts };
  }

  private async forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method, url, headers } = incoming;
    const { host: _host, connection: _connection, ...kept } = headers;
    const outgoing = request(`${this.target}${url ?? '/'}`, {
      ...{ method, headers: kept, agent: this.agent },
    });
    const answered = once(outgoing, 'response');
    outgoing.end(body);
    const [answer] = (await answered) as [IncomingMessage];
    const { connection: _theirs, 'transfer-encoding': _coding, ...sent } = answer.headers;
    return { status: answer.statusCode ?? 502, headers: sent, body: await readAll(answer) };
  }
}

/** Matches by method and the start of what follows `/v2/`. */
export function requestTo(method: string, pathStart = ''): RequestMatch {
  return (request) => request.method === method && request.path.startsWith(`/v2/${pathStart}`);
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
}

function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((resolveIt) => {
    resolve = resolveIt;
  });
  return { promise, resolve };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
