import { ConsoleLogger } from '@nestjs/common';

/** One JSON object a line, or text for people where a person looks on. */
export function createLogger(isTerminal: boolean): ConsoleLogger {
  return new ConsoleLogger({ json: !isTerminal, logLevels: ['log', 'warn', 'error', 'fatal'] });
}
