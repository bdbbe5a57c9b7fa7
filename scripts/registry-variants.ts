import { createAuthority } from '../test/support/tls-certificates';
import { startCraneRegistry } from './crane-registry';
import { startDistribution } from './distribution';
import { readFoundRegistries } from './found-registries';
import { findNginx, startNginx } from './nginx';
import { findTool } from './peers';
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
  /** How many requests its token service has had. */
  readonly tokenRequests?: () => number;
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
  const { version } = program;
  switch (variant) {
    case 'plain':
      return { start: () => startDistribution(program, { inMemory }) };
    case 'tls':
      return behindTls(async () => startDistribution(program, { inMemory }));
    case 'htpasswd':
      return {
        start: async () => ({
          ...(await startDistribution(program, { inMemory, htpasswd })),
          credentials,
        }),
      };
    case 'token':
      if (program.kind === 'docker')
        return { reason: 'its container does not reach the token service' };
      return withOpenssl(async () => {
        const tokens = await TokenServer.start(credentials);
        const registry = await startDistribution(program, { inMemory, token: tokens.auth });
        // Tokens are asked for on the registry's own host name only.
        const url = registry.url.replace('127.0.0.1', 'localhost');
        const stop = async (): Promise<void> => {
          await registry.stop();
          await tokens.stop();
        };
        return { url, version, credentials, tokenRequests: () => tokens.requests, stop };
      });
  }
}

function craneVariants(): readonly Entry[] {
  const registry = 'crane';
  const program = findTool('crane');
  return VARIANTS.map((variant): Entry => {
    if (program === undefined) {
      return {
        registry,
        variant,
        found: { reason: 'crane is not there; npm test builds it with Go' },
      };
    }
    return { registry, variant, found: craneIn(variant, program) };
  });
}

function craneIn(variant: Variant, program: string): Found {
  const start: Start = async () => ({ ...(await startCraneRegistry(program)), version: 'crane' });
  switch (variant) {
    case 'plain':
      return { start };
    case 'tls':
      return behindTls(start);
    case 'htpasswd':
      return behindNginx(start, { account: credentials }, { credentials });
    case 'token':
      return { reason: 'crane registry serve knows no tokens' };
  }
}

function behindTls(start: Start): Found {
  const made = createAuthority();
  if (!made.available) return { reason: made.reason };
  const { ca, cert, key } = made.authority;
  return behindNginx(start, { tls: { cert, key } }, { ca });
}

function behindNginx(
  start: Start,
  options: Pick<Parameters<typeof startNginx>[0], 'tls' | 'account'>,
  facts: Pick<RunningVariant, 'ca' | 'credentials'>,
): Found {
  const program = findNginx();
  if (program === undefined) return { reason: 'nginx is not there; npm test unpacks it on Debian' };
  return {
    start: async () => {
      const behind = await start();
      const nginx = await startNginx({ program, upstream: behind.url, ...options });
      const stop = async (): Promise<void> => {
        await nginx.stop();
        await behind.stop();
      };
      return { url: nginx.url, version: behind.version, ...facts, stop };
    },
  };
}

function withOpenssl(start: Start): Found {
  return findOnPath('openssl') === undefined ? { reason: 'openssl is not on the PATH' } : { start };
}
