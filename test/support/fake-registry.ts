import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';
import { FakeAuthority } from './fake-registry-auth';
import {
  type Behaviour,
  DEFAULT_BEHAVIOUR,
  type FakeAnswer,
  type FakeRequest,
  type Fault,
  type RequestMatch,
} from './fake-registry-behaviour';
import { ociImage, ociIndex } from './fake-registry-manifests';
import { FakeRoutes } from './fake-registry-routes';
import { FakeStorage } from './fake-registry-storage';

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
 * - `refuse`: connections are refused.
 * - `error`: 500 to everything. - `limited`: 429 with `Retry-After`. - `silent`: no answer at all.
 */
export type Outage =
  | { readonly kind: 'refuse' | 'error' | 'silent' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

interface Rule {
  readonly match: RequestMatch;
  readonly act: Fault | ((request: FakeRequest) => void | Promise<void>);
  times: number;
}

/**
 * A registry with behaviour, in memory, as a real HTTP server on 127.0.0.1. Start it, put images
 * into it, turn its switches (`behaviour`), let single requests go wrong (`failNext`), and look at
 * what it holds (`tags`, `manifest`) or was asked (`requests`). Stop it at the end.
 */
export class FakeRegistry {
  /** Turn them at any time. */
  readonly behaviour: Behaviour;
  private readonly storage = new FakeStorage();
  private readonly authority: FakeAuthority;
  private readonly routes: FakeRoutes;
  private readonly server: Server;
  private readonly log: LoggedRequest[] = [];
  private rules: Rule[] = [];
  private outage: Outage | undefined;
  private port = 0;

  private constructor(private readonly options: FakeRegistryOptions) {
    const { tls, basePath: _base, host: _host, now = Date.now, ...switches } = options;
    this.behaviour = { ...DEFAULT_BEHAVIOUR, ...switches };
    this.authority = new FakeAuthority(this.behaviour, now);
    this.routes = new FakeRoutes(this.storage, this.behaviour);
    const listener: RequestListener = (request, response) => void this.serve(request, response);
    this.server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
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

  // What it holds. Changes made here are somebody else's: they are in no log.

  /** Puts a manifest in, under a tag if one is given. */
  pushManifest(repository: string, tag: string | undefined, manifest: Manifest): Manifest {
    this.storage.put(repository, manifest, tag);
    return manifest;
  }

  /** Puts an OCI image in; the same seed is the same digest. The seed is the tag unless given. */
  pushImage(repository: string, tag: string, { seed = tag }: { seed?: string } = {}): Manifest {
    return this.pushManifest(repository, tag, ociImage(seed));
  }

  /** Puts an OCI index of two images in. */
  pushIndex(repository: string, tag: string, { seed = tag }: { seed?: string } = {}): Manifest {
    const children = ['amd64', 'arm64'].map((name) => ociImage(`${seed} ${name}`));
    for (const child of children) this.pushManifest(repository, undefined, child);
    return this.pushManifest(repository, tag, ociIndex(children));
  }

  /** Lets somebody else delete a tag. */
  removeTag(repository: string, tag: string): void {
    this.storage.get(repository).tags.delete(tag);
  }

  /** Lets somebody else delete a manifest, leaving tags that point at nothing. */
  removeManifest(repository: string, digest: Digest): void {
    this.storage.get(repository).manifests.delete(digest);
  }

  /** Every tag with its digest, as a copy; empty for an unknown repository. */
  tags(repository: string): Map<string, Digest> {
    return new Map(this.storage.find(repository)?.tags);
  }

  /** The manifest of a tag or digest. */
  manifest(repository: string, reference: string): Manifest | undefined {
    return this.storage.resolve(repository, reference);
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
    this.rules.push({ match, act: fault, times });
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
    this.rules.push({ match, act: action, times });
  }

  /** Forgets all faults that have not happened yet. */
  forgiveAll(): void {
    this.rules = [];
  }

  async goDown(outage: Outage): Promise<void> {
    if (outage.kind === 'refuse') await this.stop();
    this.outage = outage;
  }

  /** Ends an outage, on the same port. Requests that hang go on hanging. */
  async comeBack(): Promise<void> {
    this.outage = undefined;
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
    const fault = await this.nextFault(request);
    if (typeof fault === 'object') {
      this.send(request, response, fault);
      return;
    }
    if (fault === 'reset' || fault === 'hang') {
      this.drop(request, response, fault);
      return;
    }
    const answer = this.answer(request);
    if (fault === undefined) this.send(request, response, answer);
    else this.drop(request, response, fault);
  }

  private async nextFault(request: FakeRequest): Promise<Fault | undefined> {
    const { outage } = this;
    if (outage?.kind === 'error') return { status: 500 };
    if (outage?.kind === 'silent') return 'hang';
    if (outage?.kind === 'limited') {
      return { status: 429, headers: { 'retry-after': String(outage.retryAfterSeconds) } };
    }
    for (const rule of this.rules) {
      if (!rule.match(request)) continue;
      rule.times -= 1;
      if (rule.times === 0) this.rules = this.rules.filter((one) => one !== rule);
      if (typeof rule.act !== 'function') return rule.act;
      await rule.act(request);
    }
    return undefined;
  }

  private answer(request: FakeRequest): FakeAnswer {
    const path = this.pathOf(request);
    if (path === '/token') return this.authority.answerToken(request);
    if (path?.startsWith('/v2/') !== true) return { status: 404, body: 'not here\n' };
    const rest = path.slice('/v2/'.length);
    const repository = /^(.+?)\/(?:manifests|tags|blobs)\//.exec(rest)?.[1];
    return (
      this.authority.challenge(request, repository, this.url) ??
      this.routes.answer(request, rest, this.url)
    );
  }

  /** Without the base path; undefined for a path that is not under it. */
  private pathOf({ path }: FakeRequest): string | undefined {
    const { basePath = '' } = this.options;
    return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined;
  }

  private send(request: FakeRequest, response: ServerResponse, answer: FakeAnswer): void {
    const { status, headers = {}, body = '' } = answer;
    const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
    const bytes = isJson ? JSON.stringify(body) : body;
    this.note(request, status);
    response.statusCode = status;
    if (isJson) response.setHeader('content-type', 'application/json; charset=utf-8');
    response.setHeader('content-length', Buffer.byteLength(bytes));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.end(request.method === 'HEAD' ? undefined : bytes);
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

async function readRequest(incoming: IncomingMessage, origin: string): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const url = new URL(incoming.url ?? '/', origin);
  return {
    method: incoming.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
    from: `${incoming.socket.remoteAddress ?? ''}:${incoming.socket.remotePort ?? 0}`,
  };
}
