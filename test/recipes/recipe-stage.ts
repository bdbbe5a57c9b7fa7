import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editedConfig, NOWHERE } from '../deliveries/delivery-list';
import { FakeRegistry } from '../support/fake-registry';
import { makeKey, OidcIssuer } from '../support/oidc-issuer';
import { type RunningService, startService } from '../support/service';
import { READ_TOKEN, WEBHOOK_SECRET } from '../support/test-config';
import {
  type CannedAnswer,
  type Ended,
  type Front,
  runShell,
  type SeenRequest,
  startFront,
  type Variables,
} from './run-shell';

export const LONG_SECRET = `whsec_${Buffer.alloc(100, 7).toString('base64')}`;
export const BINARY_SECRET = `whsec_${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 8)).toString('base64')}`;
export const AUDIENCE = 'https://tags.example.com';
/** What the source `tokens` asks for. */
export const CLAIMS = { repository_id: '1001', ref: 'refs/tags/2.1.106' };
const OIDC_CLAIMS = '{ repository_id: "1001", ref: "refs/tags/*" }';

/** A registry, an issuer, and a Tagward that shows nothing without a token. */
export class RecipeStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'tagward-recipes-'));
  /** Of the test that runs. */
  number = 0;
  private readonly fronts: Front[] = [];

  private constructor(
    readonly registry: FakeRegistry,
    readonly issuer: OidcIssuer,
    readonly service: RunningService,
  ) {}

  static async start(): Promise<RecipeStage> {
    const registry = await FakeRegistry.start();
    const issuer = await OidcIssuer.start(Date.now, [makeKey('ci')]);
    const oidc = `{ issuer: "${issuer.url}", audience: "${AUDIENCE}", claims: ${OIDC_CLAIMS} }`;
    const config = editedConfig({
      [NOWHERE]: registry.url,
      'anonymous: read': 'anonymous: none',
      '  events:': [
        `  tokens: { kind: generic, oidc: ${oidc}, allow: [local/gallery/*] }`,
        '  long: { kind: generic, secretFile: ./secrets/LONG, allow: [local/gallery/*] }',
        '  binary: { kind: generic, secretFile: ./secrets/BINARY, allow: [local/gallery/*] }',
        '  events:',
      ].join('\n'),
    });
    writeFileSync(join(config.folder, 'secrets/LONG'), `${LONG_SECRET}\n`);
    writeFileSync(join(config.folder, 'secrets/BINARY'), `${BINARY_SECRET}\n`);
    const service = await startService({ registryUrl: registry.url, config });
    return new RecipeStage(registry, issuer, service);
  }

  async stop(): Promise<void> {
    await Promise.all(this.fronts.map((front) => front.stop()));
    await this.service.stop();
    this.service.config.remove();
    await this.issuer.stop();
    await this.registry.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** Nobody has used it before. */
  get repository(): string {
    return `gallery/i${this.number}`;
  }

  push(...tags: readonly string[]): void {
    for (const tag of tags) this.registry.pushImage(this.repository, tag);
  }

  /** What a pipeline sets, with a secret and leave to read. */
  variables(more: Variables = {}): Variables {
    return {
      TAGWARD_URL: this.service.client.url,
      TAGWARD_REGISTRY: 'local',
      TAGWARD_REPOSITORY: this.repository,
      TAGWARD_TAG: '2.1.106',
      TAGWARD_SECRET: WEBHOOK_SECRET,
      TAGWARD_READ_TOKEN: READ_TOKEN,
      ...more,
    };
  }

  /** Runs the script with these and more variables. */
  announce(more: Variables = {}): Promise<Ended> {
    return runShell('sh ./announce.sh', { env: this.variables(more) });
  }

  /** A server before Tagward that gives some of the answers itself. */
  async front(
    answerOf: (request: SeenRequest, index: number) => CannedAnswer | undefined,
  ): Promise<Front> {
    const front = await startFront(this.service.client.url, answerOf);
    this.fronts.push(front);
    return front;
  }

  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }
}
