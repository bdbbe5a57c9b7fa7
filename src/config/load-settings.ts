import { dirname, normalize, resolve } from 'node:path';

import { buildSettings } from './build-settings';
import { readCaFiles } from './ca-files';
import { type ConfigDocument, parseConfigDocument } from './config-document';
import { ConfigError, type ConfigFault } from './config-error';
import { configFile } from './config-file.schema';
import { crossCheck } from './cross-checks';
import { type Environment, variable } from './environment';
import type { Finding } from './finding';
import { dockerConfigFindings } from './docker-configs';
import { describeFound } from './found-value';
import { salvage } from './salvage';
import { allowedBy, findingsOf } from './schema-faults';
import type { Secret } from './secret';
import { readSecrets } from './secret-reader';
import { secretSlotsOf } from './secret-slots';
import {
  DATABASE_ALLOWED,
  LISTEN_ALLOWED,
  LOG_LEVEL_ALLOWED,
  parseDatabase,
  parseListen,
  parseLogLevel,
  parseProxy,
  PROXY_ALLOWED,
} from './setting-values';
import type { LogLevel, ProxySettings, Settings } from './settings';
import { readTextFile, resolvePath } from './text-file';

/** Where settings come from. */
export interface SettingsOrigin {
  /** The configuration file. */
  readonly path: string;
  readonly env: Environment;
}

/**
 * Reads the configuration file and everything that it names: environment over file over defaults.
 * Throws one {@link ConfigError} with every fault, and nothing else.
 */
export function loadSettings({ path, env }: SettingsOrigin): Settings {
  const document = parseConfigDocument(textOfConfig(path), normalize(path));
  const overrides = readOverrides(env);
  const faults = [...overrides.faults, ...document.faults];
  const read = readValue(document, { folder: dirname(resolve(path)), env });
  if (read.build === undefined || faults.length > 0 || read.findings.length > 0) {
    const located = read.findings.map((finding) => document.faultOf(finding));
    throw new ConfigError([...faults, ...located].sort(byPlace));
  }
  return read.build(overrides);
}

interface Surroundings {
  readonly folder: string;
  readonly env: Environment;
}

interface Overrides {
  readonly listen: ReturnType<typeof parseListen>;
  readonly database: ReturnType<typeof parseDatabase>;
  readonly proxy: ProxySettings | undefined;
  readonly logLevel: LogLevel | undefined;
}

interface ReadValue {
  readonly findings: readonly Finding[];
  /** Undefined when the file has no value that settings could be made of. */
  readonly build: ((overrides: Overrides) => Settings) | undefined;
}

function readValue({ value }: ConfigDocument, { folder, env }: Surroundings): ReadValue {
  if (value === undefined) return { findings: [], build: undefined };
  const parsed = configFile.safeParse(value, { error: allowedBy });
  const issues = parsed.error?.issues ?? [];
  const refused = findingsOf(issues, value);
  const salvaged = salvage(value, issues);
  const { secrets, findings: secretFindings } = readSecrets(secretSlotsOf(salvaged), {
    folder,
    env,
  });
  const { certificates, findings: caFindings } = readCaFiles(salvaged, folder);
  return {
    findings: [
      ...[...refused, ...secretFindings, ...caFindings, ...crossCheck(salvaged)],
      ...dockerConfigFindings(salvaged, folder),
    ],
    build: parsed.success
      ? ({ listen = parsed.data.listen, database = parsed.data.database, proxy, logLevel }) =>
          buildSettings(parsed.data, {
            ...{ listen, proxy, folder, logLevel: logLevel ?? 'info' },
            database: { kind: 'sqlite', path: resolvePath(database, folder) },
            secrets,
            certificates,
          })
      : undefined,
  };
}

function readOverrides(env: Environment): Overrides & { readonly faults: readonly ConfigFault[] } {
  const faults: ConfigFault[] = [];
  const http = proxyOf('http_proxy');
  const https = proxyOf('https_proxy');
  const except = variable(env, 'no_proxy') ?? variable(env, 'NO_PROXY') ?? '';
  return {
    proxy: http === undefined && https === undefined ? undefined : { http, https, except },
    logLevel: read('TAGWARD_LOG_LEVEL', parseLogLevel, LOG_LEVEL_ALLOWED),
    listen: read('TAGWARD_LISTEN', parseListen, LISTEN_ALLOWED),
    database: read('TAGWARD_DATABASE', parseDatabase, DATABASE_ALLOWED),
    faults,
  };

  /** Tools read both spellings; the small one wins. */
  function proxyOf(name: string): Secret | undefined {
    const set = variable(env, name) === undefined ? name.toUpperCase() : name;
    return read(set, parseProxy, PROXY_ALLOWED);
  }

  function read<Value>(
    name: string,
    parse: (text: string) => Value | undefined,
    allowed: string,
  ): Value | undefined {
    const text = variable(env, name);
    const value = text === undefined ? undefined : parse(text);
    if (text !== undefined && value === undefined) {
      // Its URL may hold a password.
      const found = name.toLowerCase().endsWith('_proxy')
        ? 'the value'
        : describeFound(text, [name]);
      const sentence = `${found} is not allowed here; allowed: ${allowed}`;
      faults.push({
        file: 'environment',
        line: undefined,
        column: undefined,
        path: name,
        sentence,
      });
    }
    return value;
  }
}

function textOfConfig(path: string): string {
  const read = readTextFile(path);
  if ('text' in read) return read.text;
  const sentence = `${resolve(path)} cannot be read: ${read.reason}; put the configuration there, or set TAGWARD_CONFIG to where it is`;
  throw new ConfigError([
    { file: normalize(path), line: undefined, column: undefined, path: '', sentence },
  ]);
}

function byPlace(left: ConfigFault, right: ConfigFault): number {
  return (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0);
}
