import { createAuthority } from '../test/support/tls-certificates';
import { startCraneRegistry } from './crane-registry';
import { startDistribution } from './distribution';
import { readFoundRegistries, readFoundTool, type FoundTool } from './found-registries';
import { startNginx, type NginxOptions } from './nginx';
import { findOnPath, isProgram } from './programs';
import type { RegistryProgram } from './registry-program';
import { TEST_USER } from './test-user';
import { TokenServer } from './token-server';

/** How a registry is reached: as it is, behind nginx with a private CA, or with a door. */
export const VARIANTS = ['plain', 'tls', 'htpasswd', 'token'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface RunningVariant {
  readonly url: string;
  readonly version: string;
  /** PEM text of the authority that signed its certificate. */
  readonly ca?: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Hosts of token services beside its own. */
  readonly realms?: readonly string[];
  /** How many requests its token service has had. */
  readonly tokenRequests?: () => number;
  /** Where it stores its files, if it does. */
  readonly storageDir?: string;
  stop(): Promise<void>;
}

export type StartableVariant = { readonly registry: string; readonly variant: Variant } & (
  | { readonly available: true; start(): Promise<RunningVariant> }
  | { readonly available: false; readonly reason: string }
);

type Start = () => Promise<RunningVariant>;
type Found = { readonly start: Start } | { readonly reason: string };

const { username, password, htpasswd } = TEST_USER;
const credentials = { username, password };

/** Every real registry of the contract in every variant. Looks at what was found; installs nothing. */
export function startableVariants(): readonly StartableVariant[] {
  return [...distributions(), ...craneVariants()].map(({ registry, variant, found }) =>
    'start' in found
      ? { registry, variant, available: true, start: found.start }
      : { registry, variant, available: false, reason: found.reason },
  );
}

interface Entry {
  readonly registry: string;
  readonly variant: Variant;
  readonly found: Found;
}

function distributions(): readonly Entry[] {
  const known = readFoundRegistries();
  return ['distribution-2.8', 'distribution-3'].flatMap((registry) =>
    VARIANTS.map((variant): Entry => {
      const one = known.find(({ name }) => name === registry);
      if (one === undefined) {
        return { registry, variant, found: { reason: 'nobody looked for it; npm test does' } };
      }
      if (!one.available) return { registry, variant, found: { reason: one.reason } };
      return { registry, variant, found: distributionIn(variant, one.program) };
    }),
  );
}

function distributionIn(variant: Variant, program: RegistryProgram): Found {
  if (program.kind === 'binary' && !isProgram(program.path)) {
    return { reason: `${program.path} is gone; npm test finds it again` };
  }
  const inMemory = true;
  const start: Start = () => startDistribution(program, { inMemory });
  switch (variant) {
    case 'plain':
      return { start };
    case 'tls':
      return behindTls(start);
    case 'htpasswd':
      return {
        start: async () => ({
          ...(await startDistribution(program, { inMemory, htpasswd })),
          credentials,
        }),
      };
    case 'token':
      return program.kind === 'docker'
        ? { reason: 'its container does not reach the token service' }
        : withOpenssl(() => startWithTokens(program));
  }
}

async function startWithTokens(program: RegistryProgram): Promise<RunningVariant> {
  const tokens = await TokenServer.start(credentials);
  return besides(tokens, async () => {
    const token = tokens.auth;
    const registry = await startDistribution(program, { inMemory: true, token });
    // Tokens are asked for on the registry's own host name only.
    const url = registry.url.replace('127.0.0.1', 'localhost');
    return { ...registry, url, credentials, tokenRequests: () => tokens.requests };
  });
}

function craneVariants(): readonly Entry[] {
  const registry = 'crane';
  const tool = runnableTool(registry);
  return VARIANTS.map((variant): Entry => {
    const found = tool.available ? craneIn(variant, tool) : { reason: tool.reason };
    return { registry, variant, found };
  });
}

function craneIn(variant: Variant, { path, version }: AvailableTool): Found {
  const start: Start = async () => ({ ...(await startCraneRegistry(path)), version });
  switch (variant) {
    case 'plain':
      return { start };
    case 'tls':
      return behindTls(start);
    case 'htpasswd':
      return behindNginx(start, () => ({
        options: { account: credentials },
        facts: { credentials },
      }));
    case 'token':
      return { reason: 'crane registry serve knows no tokens' };
  }
}

interface Door {
  readonly options: Pick<NginxOptions, 'tls' | 'account'>;
  readonly facts: Pick<RunningVariant, 'ca' | 'credentials'>;
}

function behindTls(start: Start): Found {
  const behind = behindNginx(start, () => {
    const made = createAuthority();
    if (!made.available) throw new Error(made.reason);
    const { ca, cert, key } = made.authority;
    return { options: { tls: { cert, key } }, facts: { ca } };
  });
  return 'start' in behind ? withOpenssl(behind.start) : behind;
}

function behindNginx(start: Start, makeDoor: () => Door): Found {
  const program = runnableTool('nginx');
  if (!program.available) return { reason: `nginx: ${program.reason}` };
  return {
    start: async () => {
      const { options, facts } = makeDoor();
      const behind = await start();
      return besides(behind, async () => {
        const nginx = await startNginx({ program, upstream: behind.url, ...options });
        return { ...behind, ...nginx, ...facts };
      });
    },
  };
}

/** Starts what needs another server, which ends after it, and also when it does not start. */
async function besides(other: { stop(): Promise<void> }, start: Start): Promise<RunningVariant> {
  try {
    const running = await start();
    const stop = async (): Promise<void> => {
      await running.stop();
      await other.stop();
    };
    return { ...running, stop };
  } catch (error) {
    await other.stop();
    throw error;
  }
}

type AvailableTool = Extract<FoundTool, { available: true }>;

function runnableTool(name: 'crane' | 'nginx'): FoundTool {
  const tool = readFoundTool(name);
  if (!tool.available || isProgram(tool.path)) return tool;
  return { name, available: false, reason: `${tool.path} is gone; npm test finds it again` };
}

function withOpenssl(start: Start): Found {
  return findOnPath('openssl') === undefined ? { reason: 'openssl is not on the PATH' } : { start };
}
