import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../src/config/load-settings';
import type { Settings } from '../../src/config/settings';

export interface DemoConfiguration {
  readonly folder: string;
  readonly settings: Settings;
  readonly webhookSecret: string;
  readonly opsToken: string;
}

/** Writes a `tagward.yaml` as a user would, and reads it as the service does. */
export function writeConfiguration(registryUrl: string, port: number): DemoConfiguration {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-demo-'));
  const webhookSecret = randomBytes(32).toString('hex');
  const opsToken = randomBytes(32).toString('hex');
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets/ci-webhook'), `${webhookSecret}\n`, { mode: 0o600 });
  writeFileSync(join(folder, 'secrets/ops-token'), `${opsToken}\n`, { mode: 0o600 });
  const path = join(folder, 'tagward.yaml');
  writeFileSync(path, textOf(registryUrl, port));
  return { folder, settings: loadSettings({ path, env: {} }), webhookSecret, opsToken };
}

function textOf(registryUrl: string, port: number): string {
  return `listen: 127.0.0.1:${port}
database: sqlite:./tagward.db
registries:
  local: { url: "${registryUrl}" }
repositories:
  - match: local/gallery/*
    levels: [minor, major, latest]
    retention: { policy: services }
sources:
  ci: { kind: generic, secretFile: ./secrets/ci-webhook, allow: [local/gallery/*] }
tokens:
  - { name: ops, tokenFile: ./secrets/ops-token, scopes: [read, operate, admin] }
retention:
  policies:
    services:
      mode: dry-run
      rules:
        - class: release
          keep: { any: [{ newestPatches: 2, per: minor }, { movedWithin: 60d }] }
`;
}
