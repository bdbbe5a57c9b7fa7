import { once } from 'node:events';
import { Agent, createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Exchange, type ProxiedRequest } from './proxied-exchange';

export type RequestMatch = (request: Pick<ProxiedRequest, 'method' | 'path'>) => boolean;

/** What happens to one request instead of being forwarded; the first has turn 0. */
export type Misbehaviour = (exchange: Exchange, turn: number) => Promise<void> | void;

interface Rule {
  readonly match: RequestMatch;
  readonly act: Misbehaviour;
  readonly times: number;
  /** How often it has gone wrong. */
  turn: number;
}

/** A proxy before a registry that forwards everything but what it is told to do otherwise. */
export class MisbehavingProxy {
  private readonly exchanges: Exchange[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server: Server;
  private rules: Rule[] = [];

  private constructor(
    private readonly target: URL,
    private readonly tls: { readonly cert: string; readonly key: string } | undefined,
  ) {
    const listener: RequestListener = (incoming, response) => {
      const exchange = new Exchange(incoming, response, this.target, this.agent);
      this.exchanges.push(exchange);
      this.serve(exchange).catch(() => {
        exchange.reset();
      });
    };
    this.server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  }

  static async start(
    target: string,
    tls?: { readonly cert: string; readonly key: string },
  ): Promise<MisbehavingProxy> {
    const proxy = new MisbehavingProxy(new URL(target), tls);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
    this.agent.destroy();
  }

  get url(): string {
    // A TCP server has an AddressInfo; a string is a pipe's name.
    const { port } = this.server.address() as AddressInfo;
    return `${this.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  }

  /** Oldest first, since it was last forgotten. */
  get requests(): readonly ProxiedRequest[] {
    return this.exchanges.map(({ method, path, authorization, sentBytes }) => ({
      ...{ method, path, authorization, sentBytes },
    }));
  }

  forgetRequests(): void {
    this.exchanges.length = 0;
  }

  /** Lets the next matching requests go wrong; earlier rules go first. */
  misbehave(match: RequestMatch, act: Misbehaviour, times = Number.POSITIVE_INFINITY): void {
    this.rules.push({ match, act, times, turn: 0 });
  }

  /** From now on everything is forwarded. What hangs goes on hanging. */
  behave(): void {
    this.rules = [];
  }

  private async serve(exchange: Exchange): Promise<void> {
    const rule = this.rules.find(({ match, turn, times }) => turn < times && match(exchange));
    if (rule === undefined) {
      exchange.answer(await exchange.forward());
      return;
    }
    rule.turn += 1;
    await rule.act(exchange, rule.turn - 1);
  }
}

/** Matches by method (`*` for any) and a part of the path with its query. */
export function requestTo(method: string, part = ''): RequestMatch {
  return (one) => (method === '*' || one.method === method) && one.path.includes(part);
}
