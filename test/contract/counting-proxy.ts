import {
  Agent,
  createServer,
  type IncomingMessage,
  request as startRequest,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

interface CountedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly status: number;
}

export interface CountingProxy {
  readonly url: string;
  /** All that were answered, oldest first. */
  readonly requests: readonly CountedRequest[];
  forget(): void;
  close(): Promise<void>;
}

/** Stands between a client and a registry that speaks plain HTTP, and notes every request. */
export async function startCountingProxy(upstream: string): Promise<CountingProxy> {
  const requests: CountedRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  const { hostname, port, pathname } = new URL(upstream);
  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const outgoing = startRequest({ hostname, port, agent, method, path, headers });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject);
    });
    await pipeline(incoming, outgoing);
    const answer = await answered;
    requests.push({ method, path, status: answer.statusCode ?? 0 });
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    await pipeline(answer, response);
  }
  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => {
      // Whichever end broke off, the other one sees just that.
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server has an AddressInfo; a string is a pipe's name.
  const { port: ownPort } = server.address() as AddressInfo;
  const base = pathname.replace(/\/+$/, '');
  return {
    url: `http://${hostname === 'localhost' ? hostname : '127.0.0.1'}:${ownPort}${base}`,
    requests,
    forget: () => void requests.splice(0),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
