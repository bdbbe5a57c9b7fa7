import { once } from 'node:events';
import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';

export interface ProxiedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly authorization: string | undefined;
  /** Bytes written raw to the client in answer to it. */
  readonly sentBytes: number;
}

export interface ProxiedAnswer {
  readonly status: number;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: Buffer | string;
}

/** A connection carries many requests: it gets this once. */
const ignore = (): void => undefined;

/** One request, and what can be done with it. */
export class Exchange implements ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  sentBytes = 0;

  constructor(
    private readonly incoming: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly target: URL,
    private readonly agent: Agent,
  ) {
    this.method = incoming.method ?? 'GET';
    this.path = incoming.url ?? '/';
    this.authorization = incoming.headers.authorization;
    // The client may break the connection off at any time.
    if (!this.socket.listeners('error').includes(ignore)) this.socket.on('error', ignore);
  }

  /** The tag or digest at the end of the path. */
  get reference(): string {
    return this.path.replace(/\?.*$/, '').split('/').at(-1) ?? '';
  }

  get isGone(): boolean {
    return this.socket.destroyed;
  }

  /** At least so many bytes of the request's body, then no more is read; all of it unless given. */
  async read(bytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const iterator = this.incoming.iterator({ destroyOnReturn: false });
    for await (const chunk of iterator as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (Buffer.concat(chunks).length >= bytes) break;
    }
    return Buffer.concat(chunks);
  }

  /** Lets the registry carry the request out. */
  async forward(): Promise<ProxiedAnswer> {
    const body = await this.read();
    const { host: _host, connection: _connection, ...headers } = this.incoming.headers;
    const { method, agent } = this;
    const outgoing = request(new URL(this.path, this.target), { method, headers, agent });
    const answered = once(outgoing, 'response');
    outgoing.end(body);
    const [answer] = (await answered) as [IncomingMessage];
    const { connection: _theirs, 'transfer-encoding': _coding, ...sent } = answer.headers;
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    return { status: answer.statusCode ?? 502, headers: sent, body: Buffer.concat(chunks) };
  }

  /** Gives the registry the head of the request and half of its body, and breaks off. */
  async forwardHalf(): Promise<void> {
    const length = Number(this.incoming.headers['content-length'] ?? 0);
    const half = (await this.read(length / 2)).subarray(0, length / 2);
    const { method, path } = this;
    const fields = { ...this.incoming.headers, host: this.target.host };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}`);
    const socket = connect(Number(this.target.port), this.target.hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const head = `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
    await new Promise((resolve) => socket.write(Buffer.concat([Buffer.from(head), half]), resolve));
    socket.resetAndDestroy();
  }

  /** Answers as HTTP wants it, and keeps the connection. */
  answer({ status, headers = {}, body = '' }: ProxiedAnswer): void {
    const { 'content-length': length = Buffer.byteLength(body), ...others } = headers;
    this.response.writeHead(status, { ...others, 'content-length': length });
    this.response.end(body);
  }

  /** Writes bytes as they are, in step with the client. False when it is gone. */
  async write(bytes: Buffer | string): Promise<boolean> {
    if (this.isGone) return false;
    this.sentBytes += Buffer.byteLength(bytes);
    const isTaken = this.socket.write(bytes);
    if (!isTaken) await Promise.race([once(this.socket, 'drain'), once(this.socket, 'close')]);
    return !this.socket.destroyed;
  }

  /** Ends the connection as if all were well. */
  end(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  private get socket(): Socket {
    return this.incoming.socket;
  }
}
