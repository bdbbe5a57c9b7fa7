import { createSecureContext, rootCertificates } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { RegistrySettings } from '../config/settings';
import { checkedLookup } from './checked-lookup';
import type { RegistryTuning } from './registry-tuning';

/**
 * One connection pool for each origin, made at the first request to it; where the environment names
 * proxies, an agent that knows which origins go through them.
 */
export class Dispatchers {
  private readonly known = new Map<string, Dispatcher>();

  constructor(
    private readonly registry: RegistrySettings,
    private readonly tuning: RegistryTuning,
  ) {}

  /** `checked` keeps names from leading to this machine. */
  of(origin: string, checked: boolean): Dispatcher {
    const key = `${origin} ${checked}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const made = this.make(origin, checked);
    this.known.set(key, made);
    return made;
  }

  /** Lets requests under way end. */
  async close(): Promise<void> {
    await Promise.all(this.all().map((dispatcher) => dispatcher.close()));
  }

  async destroy(): Promise<void> {
    await Promise.all(this.all().map((dispatcher) => dispatcher.destroy()));
  }

  private all(): readonly Dispatcher[] {
    return [...this.known.values()];
  }

  private make(origin: string, checked: boolean): Dispatcher {
    const { tuning, registry } = this;
    const trust = trustOf(registry);
    const options = {
      connections: tuning.connections,
      pipelining: 1,
      // Over HTTP/2 nginx's GOAWAY after 1,000 requests surfaces on requests under way.
      allowH2: false,
      keepAliveTimeout: 10_000,
      keepAliveMaxTimeout: 30_000,
      headersTimeout: tuning.headersTimeoutMs,
      bodyTimeout: tuning.bodyTimeoutMs,
      connect: {
        timeout: tuning.connectTimeoutMs,
        ...trust,
        ...(checked ? { lookup: checkedLookup } : {}),
      },
    };
    const proxy = origin.startsWith('https:') ? registry.proxy?.https : registry.proxy?.http;
    if (proxy === undefined) return new Pool(origin, options);
    return new EnvHttpProxyAgent({
      ...options,
      requestTls: { timeout: tuning.connectTimeoutMs, ...trust },
      httpProxy: proxy.reveal(),
      httpsProxy: proxy.reveal(),
      noProxy: registry.proxy?.except ?? '',
    });
  }
}

/** The registry's own authority beside the public ones; parsed once, not for each connection. */
function trustOf({ ca, skipVerify }: RegistrySettings): object {
  if (skipVerify) return { rejectUnauthorized: false };
  if (ca === undefined) return {};
  return { secureContext: createSecureContext({ ca: [...rootCertificates, ca] }) };
}
