import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authFormsOf, SOURCE_KINDS } from '../../src/config/source-kinds';
import { NOWHERE } from '../deliveries/delivery-list';
import { FakeRegistry } from '../support/fake-registry';
import { makeKey, OidcIssuer } from '../support/oidc-issuer';
import type { ServiceClient } from '../support/service';
import { ServiceProcess } from '../support/service-process';
import { type TestConfig, writeTestConfig } from '../support/test-config';

export const AUDIENCE = 'https://tags.example.com';
const AMAZON = 'https://111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const REPOSITORIES = ['team/api', 'acme/api', 'gallery/ui', 'project/images/api'];

/** The secret of a source by the way that it is sent; each has another one. */
export function secretOf(source: string, form: string): string {
  return `the-${form}-of-${source}-which-nobody-may-ever-see`;
}

/** A service in a process of its own with a source of every kind, and what it works with. */
export interface FuzzScene {
  readonly service: ServiceProcess;
  readonly client: ServiceClient;
  readonly config: TestConfig;
  readonly issuer: OidcIssuer;
  /** What the registry is called in events, in the place of what test payloads say. */
  readonly registryHost: string;
  clear(): Promise<void>;
}

export async function setFuzzScene(): Promise<FuzzScene> {
  const registry = await FakeRegistry.start();
  for (const path of REPOSITORIES) {
    for (const tag of ['2.3.9', '2.4.0', '2.4.1']) registry.pushImage(path, tag);
  }
  const issuer = await OidcIssuer.start(Date.now, [makeKey('fuzz', 'ES256')]);
  const config = configWith(registry.url, issuer.url);
  // Nobody listens at the proxy: Amazon is compared, and never reached.
  const env = { https_proxy: NOWHERE, TAGWARD_LOG_LEVEL: 'debug' };
  const { service, client } = await ServiceProcess.start({ config, env });
  const clear = async (): Promise<void> => {
    await service.stop();
    await issuer.stop();
    await registry.stop();
    config.remove();
  };
  return { service, client, config, issuer, registryHost: new URL(registry.url).host, clear };
}

function configWith(registryUrl: string, issuer: string): TestConfig {
  const sources = SOURCE_KINDS.map((kind) => {
    const forms = authFormsOf(kind).map((form) => authOf(kind, form, issuer));
    const place = kind === 'generic' ? '' : `registry: ${kind === 'ecr' ? 'aws' : 'local'},`;
    return `${kind}: { kind: ${kind}, ${forms.join(', ')}, ${place} allow: [local/**, aws/**] }`;
  });
  const extra = [
    'limits: { refusedPerAddress: 0, deliveriesPerSource: 0, pendingPerSource: 1000000, pendingInTotal: 1000000 }',
  ];
  const config = writeTestConfig({ registryUrl, sources, extra });
  for (const kind of SOURCE_KINDS) {
    for (const form of ['secret', 'token', 'urlSecret']) {
      writeFileSync(join(config.folder, 'secrets', `${kind}-${form}`), secretOf(kind, form));
    }
  }
  const yaml = readFileSync(config.path, 'utf8')
    .replace('\nrepositories:\n', `\n  aws: { url: '${AMAZON}' }\nrepositories:\n`)
    .replace('  - match: local/**', '  - match: local/**\n  - match: aws/**');
  writeFileSync(config.path, yaml);
  return config;
}

function authOf(kind: string, form: string, issuer: string): string {
  if (form === 'sns') return 'sns: { topic: "arn:aws:sns:eu-central-1:111122223333:fuzz" }';
  if (form !== 'oidc') return `${form}File: ./secrets/${kind}-${form}`;
  return `oidc: { issuer: "${issuer}", audience: "${AUDIENCE}", claims: { sub: "repo:acme/*" } }`;
}
