import { type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module';
import { configureAudit } from './audit/audit-hooks';
import type { Settings } from './config/settings';
import { Sources } from './deliveries/sources/sources';
import { configureServer, createAdapter } from './http/fastify';
import { RateLimits } from './http/rate-limits';
import { serveOpenApi } from './http/openapi';
import { type Clock, SystemClock } from './runtime/clock';

export interface AppOptions {
  /** The system's by default; tests and the demo live through months with a simulated one. */
  readonly clock?: Clock;
  readonly logger?: LoggerService | false;
}

/** The whole service for some settings, initialised and not yet listening. */
export async function createApp(
  settings: Settings,
  { clock = new SystemClock(), logger = false }: AppOptions = {},
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(settings, clock),
    createAdapter(),
    { bodyParser: false, abortOnError: false, logger },
  );
  const sources = app.get(Sources);
  configureServer(app, {
    limits: app.get(RateLimits),
    mostWebhookBytes: sources.mostBodyBytes(),
    mostBytesOfSource: (source) => sources.find(source)?.sender.mostBodyBytes,
  });
  configureAudit(app);
  serveOpenApi(app);
  return app;
}
