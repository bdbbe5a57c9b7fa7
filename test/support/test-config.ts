import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const WEBHOOK_SECRET = 'a-webhook-secret-of-32-characters';
export const EVENTS_TOKEN = 'a-token-for-registry-events';
export const READ_TOKEN = 'a-token-that-may-read';
export const OPERATE_TOKEN = 'a-token-that-may-operate';
export const ADMIN_TOKEN = 'a-token-that-may-do-all';

export interface TestConfigOptions {
  readonly registryUrl: string;
  /** YAML below a repository's `match`, such as `levels: [minor]`; one line each. */
  readonly rules?: readonly string[];
  /** Lines of YAML below `sources`, such as `hub: { kind: docker-hub, … }`. */
  readonly sources?: readonly string[];
  /** Lines of YAML at the top level; they may not repeat a key of the defaults. */
  readonly extra?: readonly string[];
  readonly anonymous?: 'read' | 'none';
  readonly sweepEvery?: string;
  /** Text of the `auth` key of the registry, such as `{ username: ci, password: "${PASSWORD}" }`. */
  readonly auth?: string;
  readonly retention?: readonly string[];
}

export interface TestConfig {
  readonly folder: string;
  /** Path of `tagward.yaml`. */
  readonly path: string;
  readonly databasePath: string;
  remove(): void;
}

/**
 * Writes a `tagward.yaml` with its secrets into a folder of its own: registry `local`, sources `ci`
 * (generic) and `events` (Distribution), tokens of all scopes, every repository of `local` managed.
 */
export function writeTestConfig(options: TestConfigOptions): TestConfig {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-test-'));
  mkdirSync(join(folder, 'secrets'));
  const secrets = { WEBHOOK_SECRET, EVENTS_TOKEN, READ_TOKEN, OPERATE_TOKEN, ADMIN_TOKEN };
  for (const [name, text] of Object.entries(secrets)) {
    writeFileSync(join(folder, 'secrets', name), `${text}\n`);
  }
  const path = join(folder, 'tagward.yaml');
  writeFileSync(path, textOf(options));
  return {
    folder,
    path,
    databasePath: join(folder, 'tagward.db'),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function textOf(options: TestConfigOptions): string {
  const { registryUrl, rules = [], sources = [], extra = [], auth, retention = [] } = options;
  return [
    'listen: 127.0.0.1:0',
    'database: sqlite:./tagward.db',
    'registries:',
    '  local:',
    `    url: ${registryUrl}`,
    ...(auth === undefined ? [] : [`    auth: ${auth}`]),
    'repositories:',
    '  - match: local/**',
    ...rules.map((line) => `    ${line}`),
    'sources:',
    '  ci: { kind: generic, secretFile: ./secrets/WEBHOOK_SECRET, allow: [local/gallery/*] }',
    '  events: { kind: distribution, tokenFile: ./secrets/EVENTS_TOKEN, registry: local, allow: [local/**] }',
    ...sources.map((line) => `  ${line}`),
    'tokens:',
    '  - { name: reader, tokenFile: ./secrets/READ_TOKEN, scopes: [read] }',
    '  - { name: ops, tokenFile: ./secrets/OPERATE_TOKEN, scopes: [read, operate] }',
    '  - { name: admin, tokenFile: ./secrets/ADMIN_TOKEN, scopes: [read, operate, admin] }',
    `anonymous: ${options.anonymous ?? 'read'}`,
    `sweep: { every: ${options.sweepEvery ?? '1h'} }`,
    ...(retention.length === 0 ? [] : ['retention:', ...retention.map((line) => `  ${line}`)]),
    ...extra,
    '',
  ].join('\n');
}
