import { LOG_LEVELS, type LogLevel } from '../config/settings';
import { ConsoleLogger, type LoggerService } from '@nestjs/common';
import { Logger, PinoLogger } from 'nestjs-pino';

/** Where Nest tells its own start, line by line. */
const STARTUP_CONTEXTS: ReadonlySet<unknown> = new Set([
  ...['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver'],
]);

/** Nothing logs these; should something ever do so, its value does not come out. */
const SECRET_FIELDS = [
  ...['authorization', 'cookie', 'password', 'secret', 'token', 'urlSecret', 'signature'],
].flatMap((name) => [name, `*.${name}`]);

/** What outsiders choose, such as tags and actors, may be long; a stack is ours. */
const LONGEST_TEXT = 256;
const WHOLE_TEXTS: ReadonlySet<string> = new Set(['stack', 'msg', 'fault', 'cause']);

/** One JSON object a line, by pino: control characters are escaped, long texts are cut. */
class JsonLogger extends Logger {
  override log(message: unknown, ...context: unknown[]): void {
    if (!isStartup(context)) super.log(message, ...context);
  }
}

/** Text for people, where a person looks on. */
class TerminalLogger extends ConsoleLogger {
  override log(message: unknown, ...context: unknown[]): void {
    if (!isStartup(context)) super.log(message, ...context);
  }
}

function isStartup(context: readonly unknown[]): boolean {
  return STARTUP_CONTEXTS.has(context.at(-1));
}

/** One JSON object a line, or text for people where a person looks on. */
export function createLogger(isTerminal: boolean, level: LogLevel): LoggerService {
  if (isTerminal) {
    const levels = LOG_LEVELS.slice(LOG_LEVELS.indexOf(level));
    const logLevels = levels.map((name) => (name === 'info' ? 'log' : name));
    return new TerminalLogger({ logLevels: [...logLevels, 'fatal'] });
  }
  const params = {
    pinoHttp: {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: {
        level: (label: string) => ({ level: label }),
        log: cutTexts,
      },
      hooks: { streamWrite: escapeControls },
      redact: { paths: SECRET_FIELDS, censor: '[redacted]' },
    },
  };
  return new JsonLogger(new PinoLogger(params), params);
}

function cutTexts(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' && !WHOLE_TEXTS.has(name) && value.length > LONGEST_TEXT
        ? `${value.slice(0, LONGEST_TEXT)}…`
        : value,
    ]),
  );
}

/**
 * JSON escapes control characters below U+0020 only; terminals obey those behind ASCII as well, some
 * take U+2028 for the end of a line, and others turn the direction of a text. All of them stand in
 * texts only, so the line stays JSON.
 */
function escapeControls(line: string): string {
  return line.replaceAll(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
