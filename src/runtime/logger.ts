import { ConsoleLogger } from '@nestjs/common';

/** Where Nest tells its own start, line by line. */
const STARTUP_CONTEXTS: ReadonlySet<unknown> = new Set([
  ...['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver'],
]);

/** Drops what Nest says about its own start; warnings and errors of it are kept. */
class ServiceLogger extends ConsoleLogger {
  override log(message: unknown, ...context: unknown[]): void {
    if (STARTUP_CONTEXTS.has(context.at(-1))) return;
    super.log(message, ...context);
  }
}

/** One JSON object a line, or text for people where a person looks on. */
export function createLogger(isTerminal: boolean): ConsoleLogger {
  return new ServiceLogger({ json: !isTerminal, logLevels: ['log', 'warn', 'error', 'fatal'] });
}
