import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProxiedAnswer } from '../../support/proxied-exchange';

export const NOT_FOUND: ProxiedAnswer = { status: 404 };

/** Another host, which nobody should talk to. */
export interface Elsewhere {
  readonly url: string;
  /** Connections, be there a request or not. */
  connections: number;
  /** The authorization of each request. */
  readonly requests: (string | undefined)[];
  /** 404 unless a test says otherwise. */
  answer: ProxiedAnswer;
}

/** The caller closes the server. */
export async function startElsewhere(): Promise<{ server: Server; elsewhere: Elsewhere }> {
  const requests: (string | undefined)[] = [];
  const server = createServer((incoming, response) => {
    requests.push(incoming.headers.authorization);
    const { status, headers, body } = elsewhere.answer;
    response.writeHead(status, headers).end(body);
  });
  server.on('connection', () => (elsewhere.connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server has an AddressInfo; a string is a pipe's name.
  const { port } = server.address() as AddressInfo;
  const elsewhere: Elsewhere = {
    url: `http://127.0.0.1:${port}`,
    connections: 0,
    requests,
    answer: NOT_FOUND,
  };
  return { server, elsewhere };
}
