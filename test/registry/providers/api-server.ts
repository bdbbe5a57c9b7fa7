import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it came in; the path is undecoded and holds the query. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ApiReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly html?: string;
}

/** `reset` cuts the connection before anything happens, `reset-after-effect` after it did. */
export type ApiFault = ApiReply | 'reset' | 'reset-after-effect';
type Answering = (call: ApiCall) => ApiReply;
interface Planned {
  readonly matches: (call: ApiCall) => boolean;
  readonly fault: ApiFault;
}

export const SIGN_IN: ApiReply = { status: 200, html: '<!doctype html><title>Sign in</title>' };

/** A real HTTP server that answers as it is told to, and keeps a log of what it was asked. */
export class ApiServer {
  readonly calls: ApiCall[] = [];
  private readonly planned: Planned[] = [];

  private constructor(
    private readonly server: Server,
    private readonly answer: Answering,
  ) {}

  static async start(answer: Answering): Promise<ApiServer> {
    const server = createServer();
    const api = new ApiServer(server, answer);
    server.on('request', (incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = '', url: path = '', headers } = incoming;
        api.take({ method, path, headers, body: Buffer.concat(chunks).toString() }, response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return api;
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** The requests as `DELETE /path?query`. */
  get lines(): readonly string[] {
    return this.calls.map(({ method, path }) => `${method} ${path}`);
  }

  /** What happens once, to the next request that matches. */
  failNext(matches: (call: ApiCall) => boolean, fault: ApiFault): void {
    this.planned.push({ matches, fault });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private take(call: ApiCall, response: ServerResponse): void {
    this.calls.push(call);
    const index = this.planned.findIndex(({ matches }) => matches(call));
    const [plan] = index < 0 ? [] : this.planned.splice(index, 1);
    if (plan?.fault === 'reset-after-effect') this.answer(call);
    if (typeof plan?.fault === 'string') {
      response.destroy();
      return;
    }
    const { status, headers, json, html } = plan?.fault ?? this.answer(call);
    const type = html === undefined ? 'application/json' : 'text/html; charset=utf-8';
    const body = html ?? (json === undefined ? '' : JSON.stringify(json));
    response.writeHead(status, { ...(body && { 'content-type': type }), ...headers });
    response.end(body);
  }
}
