import { randomBytes } from 'node:crypto';
import type { RegistrySettings } from '../../src/config/settings';
import { HttpImageRegistry } from '../../src/registry/http-image-registry';
import { SystemClock } from '../../src/runtime/clock';
import { credentials, settingsFor } from '../support/fake-registry-client';
import { ContractRepository, PushRefused } from './contract-repository';
import { type CountingProxy, startCountingProxy } from './counting-proxy';
import { RawRegistry } from './raw-registry';
import type { ContractTarget } from './target';

/**
 * - `ok`: the registry can do it, and the client makes it happen.
 * - `unsupported`: the registry cannot, and the client finds that out and leaves no damage.
 * - `skipped`: it cannot be seen on this registry.
 */
export interface CaseOutcome {
  readonly result: 'ok' | 'unsupported' | 'skipped';
  /** A clause; always there unless the result is `ok`. */
  readonly detail?: string;
}

/** One promise of the client, proven on a registry. Throws an assertion error when it is broken. */
export interface ContractCase {
  /** Unique; stands in the output and in the table. */
  readonly capability: string;
  /** As a fact. */
  readonly title: string;
  /** Whether it is also run behind TLS and with every kind of authorisation. */
  readonly essential?: boolean;
  run(context: ContractContext): Promise<CaseOutcome>;
}

export const OK: CaseOutcome = { result: 'ok' };

export function ok(detail: string): CaseOutcome {
  return { result: 'ok', detail };
}

export function unsupported(detail: string): CaseOutcome {
  return { result: 'unsupported', detail };
}

export function skipped(detail: string): CaseOutcome {
  return { result: 'skipped', detail };
}

/** What a case works with; everything is its own, and gone after it. */
export class ContractContext {
  readonly raw: RawRegistry;
  readonly repository: ContractRepository;
  /** Knows nothing of the registry at first. */
  readonly client: HttpImageRegistry;
  private readonly clients: HttpImageRegistry[] = [];
  private readonly proxies: CountingProxy[] = [];
  private readonly repositories: ContractRepository[] = [];

  constructor(readonly target: ContractTarget) {
    this.raw = new RawRegistry(target);
    this.repository = this.newRepository();
    this.client = this.connect();
  }

  /** One that nobody has used before; it comes into being with the first push. */
  newRepository(): ContractRepository {
    const path = `${this.target.prefix}${randomBytes(6).toString('hex')}`;
    const repository = new ContractRepository(this.raw, path);
    this.repositories.push(repository);
    return repository;
  }

  /** Another client, which knows nothing of the registry at first. */
  connect(changed: Partial<RegistrySettings> = {}): HttpImageRegistry {
    const { url, ca, credentials: account, realms = [], tuning } = this.target;
    const settings = settingsFor(url, {
      ...{ ca, realms },
      credentials: account && credentials(account.username, account.password),
      ...changed,
    });
    const client = new HttpImageRegistry(new Map([['local', settings]]), new SystemClock(), tuning);
    this.clients.push(client);
    return client;
  }

  /**
   * A client whose requests are counted; undefined where they cannot be seen. Call it after a push:
   * the client sees the proxy as the registry, so the token services of the real one are named to it.
   */
  async connectCounted(): Promise<
    { readonly client: HttpImageRegistry; readonly proxy: CountingProxy } | undefined
  > {
    if (!this.target.url.startsWith('http:')) return undefined;
    const proxy = await startCountingProxy(this.target.url);
    this.proxies.push(proxy);
    const { realms = [] } = this.target;
    const known = [...realms, new URL(this.target.url).host, ...this.raw.realms];
    return { client: this.connect({ url: new URL(proxy.url), realms: known }), proxy };
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    // Best effort: what a registry does not delete stays, and the case has said what it found.
    await Promise.allSettled(this.repositories.map((repository) => repository.cleanUp()));
    await this.raw.close();
  }
}

/** Runs one case in repositories of its own. Throws what the case throws. */
export async function runCase(one: ContractCase, target: ContractTarget): Promise<CaseOutcome> {
  const context = new ContractContext(target);
  try {
    return await one.run(context);
  } catch (error) {
    if (!(error instanceof PushRefused) || !error.isAboutContent) throw error;
    return unsupported(error.message);
  } finally {
    await context.close();
  }
}
