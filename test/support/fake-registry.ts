import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FakeAuthority } from './fake-registry-auth';
import {
  type Behaviour,
  DEFAULT_BEHAVIOUR,
  type FakeAnswer,
  type FakeRequest,
  type Fault,
  type RequestMatch,
} from './fake-registry-behaviour';
import { FakeContents } from './fake-registry-contents';
import { FakeFaults, type Outage } from './fake-registry-faults';
import { RePutWindow } from './fake-registry-re-puts';
import { FakeRoutes } from './fake-registry-routes';
import { RequestLimit } from './fake-registry-limit';
import { readRequest, sendAnswer } from './fake-registry-wire';

export interface FakeRegistryOptions extends Partial<Behaviour> {
  /** PEM texts; the registry then speaks https. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The API sits under this path, such as `/artifactory/api/docker`. */
  readonly basePath?: string;
  /** Host name in `url`; the server listens on 127.0.0.1 in any case. */
  readonly host?: 'localhost' | '127.0.0.1';
  /** By which tokens end; the system's time unless given. */
  readonly now?: () => number;
}

export interface LoggedRequest {
  readonly method: string;
  /** Without base path and query, such as `/v2/gallery/ui/manifests/2.1`. */
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  /** 0 when the request was reset or left hanging. */
  readonly status: number;
}

/**
 * A registry with behaviour, in memory, as a real HTTP server on 127.0.0.1. Start it, put images
 * into it, turn its switches (`behaviour`), let single requests go wrong (`failNext`), and look at
 * what it holds (`tags`, `manifest`) or was asked (`requests`). Stop it at the end.
 */
export class FakeRegistry extends FakeContents {
  private readonly authority: FakeAuthority;
  private readonly routes: FakeRoutes;
  private readonly limit: RequestLimit;
  private readonly rePuts: RePutWindow;
  private readonly faults = new FakeFaults();
  private readonly server: Server;
  private readonly log: LoggedRequest[] = [];
  private port = 0;

  private constructor(private readonly options: FakeRegistryOptions) {
    const { tls, basePath: _base, host: _host, now = Date.now, ...switches } = options;
    super({ ...DEFAULT_BEHAVIOUR, ...switches });
    this.authority = new FakeAuthority(this.behaviour, now);
    this.routes = new FakeRoutes(this.storage, this.behaviour);
    this.limit = new RequestLimit(this.behaviour, now);
    this.rePuts = new RePutWindow(this.storage, this.behaviour);
    const listen = (request: IncomingMessage, response: ServerResponse): void => {
      this.serve(request, response).catch(() => response.destroy());
    };
    this.server = tls === undefined ? createServer(listen) : createTlsServer(tls, listen);
  }

  static async start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options);
    await registry.listen();
    return registry;
  }

  /** Ends it at once, with all connections. Safe to call twice. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  get origin(): string {
    const scheme = this.options.tls === undefined ? 'http' : 'https';
    return `${scheme}://${this.options.host ?? '127.0.0.1'}:${this.port}`;
  }

  /** Origin and base path, without a slash at the end. */
  get url(): string {
    return this.origin + (this.options.basePath ?? '');
  }

  // What it was asked.

  /** All requests but those for tokens, oldest first; logged when they are answered. */
  get requests(): readonly LoggedRequest[] {
    return this.log.filter(({ path }) => path !== '/token');
  }

  /** PUT, POST, PATCH and DELETE. */
  get writes(): readonly LoggedRequest[] {
    return this.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
  }

  get tokenRequests(): readonly LoggedRequest[] {
    return this.log.filter(({ path }) => path === '/token');
  }

  forgetRequests(): void {
    this.log.length = 0;
  }

  // What goes wrong.

  /** Lets the next matching requests go wrong; earlier rules go first. */
  failNext(match: RequestMatch, fault: Fault, times = 1): void {
    this.faults.add({ match, act: fault, times });
  }

  /**
   * Does something before the next matching requests are carried out: moves a tag between a
   * client's HEAD and PUT, or holds the request back with a promise.
   */
  beforeNext(
    match: RequestMatch,
    action: (request: FakeRequest) => void | Promise<void>,
    times = 1,
  ): void {
    this.faults.add({ match, act: action, times });
  }

  /** Forgets all faults that have not happened yet. */
  forgiveAll(): void {
    this.faults.forget();
  }

  async goDown(outage: Outage): Promise<void> {
    if (outage.kind === 'refuse') await this.stop();
    this.faults.outage = outage;
  }

  /** Ends an outage, on the same port. Requests that hang go on hanging. */
  async comeBack(): Promise<void> {
    this.faults.outage = undefined;
    if (!this.server.listening) await this.listen();
  }

  revokeTokens(): void {
    this.authority.revokeTokens();
  }

  private async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port, '127.0.0.1', () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    // A TCP server has an AddressInfo; a string is a pipe's name.
    this.port = (this.server.address() as AddressInfo).port;
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming, this.origin);
    if (this.behaviour.latencyMs > 0) await delay(this.behaviour.latencyMs);
    const fault = await this.faults.next(request);
    if (typeof fault === 'object') {
      await this.send(request, response, fault);
      return;
    }
    if (fault === 'reset' || fault === 'hang') {
      this.drop(request, response, fault);
      return;
    }
    const answer = await this.answer(request);
    if (fault === undefined) await this.send(request, response, answer);
    else this.drop(request, response, fault);
  }

  private async answer(request: FakeRequest): Promise<FakeAnswer> {
    const path = this.pathOf(request);
    if (path === '/token') return this.authority.answerToken(request);
    if (path?.startsWith('/v2/') !== true) return { status: 404, body: 'not here\n' };
    const rest = path.slice('/v2/'.length);
    const repository = /^(.+?)\/(?:manifests|tags|blobs|referrers)\//.exec(rest)?.[1];
    return (
      this.authority.challenge(request, repository, this.url) ??
      this.limit.refusal() ??
      this.rePuts.around(request, rest, () => this.routes.answer(request, rest, this.url))
    );
  }

  /** Without the base path; undefined for a path that is not under it. */
  private pathOf({ path }: FakeRequest): string | undefined {
    const { basePath = '' } = this.options;
    return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined;
  }

  private async send(
    request: FakeRequest,
    response: ServerResponse,
    answer: FakeAnswer,
  ): Promise<void> {
    this.note(request, answer.status);
    const isToken = this.pathOf(request) === '/token';
    await sendAnswer({ request, response, behaviour: this.behaviour, isToken }, answer);
  }

  private drop(request: FakeRequest, response: ServerResponse, fault: string): void {
    this.note(request, 0);
    if (fault.startsWith('reset')) response.socket?.resetAndDestroy();
  }

  private note(request: FakeRequest, status: number): void {
    const { method, headers, query } = request;
    const path = this.pathOf(request) ?? request.path;
    const authorization = headers['authorization']?.toString();
    this.log.push({ method, path, query: query.toString(), authorization, status });
  }
}

/** Matches requests by method and the end of the path, such as `PUT`, `manifests/2.1`. */
export function requestTo(method: string, pathEnd = ''): RequestMatch {
  return (request) => request.method === method && request.path.endsWith(pathEnd);
}
