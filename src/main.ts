import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './app';
import { ConfigError } from './config/config-error';
import { configPathOf } from './config/environment';
import { loadSettings } from './config/load-settings';
import { DomainError } from './core/domain-error';
import { createLogger } from './runtime/logger';
import { Readiness } from './runtime/readiness';

/** A reconcile that takes longer is left to be settled at the next start. */
const STOP_WITHIN_MS = 9_000;

async function serve(): Promise<void> {
  const settings = loadSettings({ path: configPathOf(process.env), env: process.env });
  const logger = createLogger(process.stdout.isTTY, settings.logLevel);
  const app = await createApp(settings, { logger });
  stopOnSignals(app);
  const { host, port } = settings.listen;
  await app.listen(port, host);
  process.stdout.write(`Tagward is ready on ${await app.getUrl()}\n`);
}

function stopOnSignals(app: NestFastifyApplication): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      app.get(Readiness).beginStop();
      // A connection whose request is under way now would be kept for the next one, and wait here.
      app.getHttpAdapter().getInstance().server.keepAliveTimeout = 1;
      setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
      void app.close().then(() => process.exit(0));
    });
  }
}

serve().catch((error: unknown) => {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
});

/** Expected faults are a sentence; anything else shows where it came from. */
function describe(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DomainError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
