import { isIPv6 } from 'node:net';

import { CronTime } from 'cron';

import { Secret } from './secret';
import { type ListenSettings, LOG_LEVELS, type LogLevel, type RateSettings } from './settings';

/** Texts of the configuration as values; undefined when the text is not legal. */

const LISTEN = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9._-]+)):(?<port>\d{1,5})$/;
const MAX_PORT = 65_535;
const RATE = /^([1-9]\d{0,6})\/([sm])$/;
const DURATION = /^(0|[1-9]\d{0,4})([smhd])$/;
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const GLOB_SEGMENT = /^(?:\*\*|(?!.*\*\*)[a-z0-9._*-]+)$/;
const CRON_FIELDS = 5;

/** What {@link parseListen} accepts. */
export const LISTEN_ALLOWED = 'host:port such as 127.0.0.1:8080 or [::1]:8080';

/** `127.0.0.1:8080`, `[::1]:8080`; port 0 lets the system choose. */
export function parseListen(text: string): ListenSettings | undefined {
  const groups = LISTEN.exec(text)?.groups;
  const six = groups?.['six'];
  const host = six ?? groups?.['host'];
  const port = Number(groups?.['port']);
  if (host === undefined || port > MAX_PORT) return undefined;
  return six !== undefined && !isIPv6(six) ? undefined : { host, port };
}

/** What {@link parseDatabase} accepts. */
export const DATABASE_ALLOWED =
  'sqlite:<path of a file>, relative to this file; this version stores in SQLite only';

/** `sqlite:./data/tagward.db` → `./data/tagward.db`. */
export function parseDatabase(text: string): string | undefined {
  const path = text.startsWith('sqlite:') ? text.slice('sqlite:'.length) : '';
  // `sqlite://data/x` would silently mean `/data/x`, and a database in memory forgets the history.
  const misleading = /^\/\/(?!\/)/.test(path) || path.startsWith(':') || path.endsWith('/');
  return path.trim() === '' || path.includes('\0') || misleading ? undefined : path;
}

/** What {@link parseHttpUrl} accepts. */
export const HTTP_URL_ALLOWED = 'an http or https URL without user, query and fragment';

/** An http or https URL; a slash at its end is dropped. */
export function parseHttpUrl(text: string): URL | undefined {
  if (!/^https?:\/\/[^\s?#@\\]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** What {@link parseProxy} accepts. */
export const PROXY_ALLOWED = 'the URL of a proxy such as http://proxy.example.com:3128';

/** An http or https URL; user and password may stand in it. */
export function parseProxy(text: string): Secret | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? new Secret(url.href) : undefined;
}

/** What {@link parseHost} accepts. */
export const HOST_ALLOWED = 'a host such as auth.example.com or storage.example.com:9000';

/** A host as URLs have it, with its port unless that is the one of https. */
export function parseHost(text: string): string | undefined {
  if (!/^[A-Za-z0-9.:[\]_-]+$/.test(text) || !URL.canParse(`https://${text}/`)) return undefined;
  const url = new URL(`https://${text}/`);
  return url.pathname === '/' ? url.host : undefined;
}

/** `10m` → 600,000. */
export const DURATION_ALLOWED = 'a duration such as 90s, 10m, 12h or 14d';

export function parseDurationMs(text: string): number | undefined {
  const [, count, unit] = DURATION.exec(text) ?? [];
  const unitMs = UNIT_MS.get(unit ?? '');
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}

/** What {@link parseLogLevel} accepts. */
export const LOG_LEVEL_ALLOWED = LOG_LEVELS.join(', ');

export function parseLogLevel(text: string): LogLevel | undefined {
  return LOG_LEVELS.find((level) => level === text);
}

/** What {@link parseRate} accepts. */
export const RATE_ALLOWED = 'a rate such as 100/s or 600/m, or 0 for none';

/** `600/m` → 600 in 60 seconds; `0` → no limit. */
export function parseRate(text: string): RateSettings | 'none' | undefined {
  if (text === '0') return 'none';
  const [, count, unit] = RATE.exec(text) ?? [];
  if (count === undefined) return undefined;
  return { count: Number(count), perSeconds: unit === 'm' ? 60 : 1 };
}

/** What {@link parseGlob} accepts. */
export const GLOB_ALLOWED =
  'a pattern over <registry>/<path> in lower case such as local/gallery/*; * is one segment or a part of it, ** any number of segments';

/** The text itself when it is a pattern that can match a repository name. */
export function parseGlob(text: string): string | undefined {
  const segments = text.split('/');
  const deep = segments.includes('**');
  const legal = segments.every((segment) => GLOB_SEGMENT.test(segment));
  return legal && (deep || segments.length > 1) ? text : undefined;
}

/** What {@link parseReachGlob} accepts. */
export const REACH_ALLOWED = `${GLOB_ALLOWED}, at the end and behind names without * only`;

/** The text itself when it is a pattern that a query can ask for, too. */
export function parseReachGlob(text: string): string | undefined {
  const names = text.replace(/(^|\/)\*\*$/, '');
  const isAskable = names === text ? !text.includes('**') : !names.includes('*');
  return isAskable ? parseGlob(text) : undefined;
}

/** The text itself when it has five cron fields and comes round at all. */
export function parseSchedule(text: string): string | undefined {
  if (text.trim().split(/\s+/).length !== CRON_FIELDS) return undefined;
  return CronTime.validateCronExpression(text).valid && comesRound(text) ? text : undefined;
}

/** `0 0 30 2 *` is well formed, but the scheduler throws at it when the service starts. */
function comesRound(expression: string): boolean {
  try {
    return new CronTime(expression, 'UTC').sendAt().isValid;
  } catch {
    return false;
  }
}
