import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { ConfigError, type ConfigFault } from '../../src/config/config-error';
import { loadSettings } from '../../src/config/load-settings';
import type { Settings } from '../../src/config/settings';

type Env = Readonly<Record<string, string | undefined>>;

/** A temporary folder with a `tagward.yaml` and the files that it names. */
export class ConfigFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'tagward-config-'));

  write(name: string, content: string): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  load(yaml: string, env: Env = {}): Settings {
    this.write('tagward.yaml', yaml);
    return loadSettings({ path: join(this.path, 'tagward.yaml'), env });
  }

  /** The faults of a configuration that must not load. */
  faultsOf(yaml: string, env: Env = {}): readonly ConfigFault[] {
    return errorOf(() => this.load(yaml, env)).faults;
  }

  /** The faults without the folder, as `12:5 repositories[0].levels[1]: sentence`. */
  reportOf(yaml: string, env: Env = {}): readonly string[] {
    return this.faultsOf(yaml, env).map(({ line, column, path, sentence }) => {
      const told = sentence.replaceAll(this.path, '<folder>');
      return `${line ?? '-'}:${column ?? '-'} ${path}: ${told}`;
    });
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** The ConfigError that the work throws; anything else is thrown on. */
export function errorOf(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration has no fault');
}
