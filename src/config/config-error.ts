/** One thing that is wrong in the configuration. The sentence never holds a secret. */
export interface ConfigFault {
  /** The file as it was named, or `environment`. */
  readonly file: string;
  /** Counted from 1; undefined where the fault has no place in a file. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** `registries.local.url`; empty when the fault concerns the file as a whole. */
  readonly path: string;
  /** What was found and what is allowed. */
  readonly sentence: string;
}

/** Every fault of the configuration at once; the message is a report of one line per fault. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(lineOf).join('\n'));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

function lineOf({ file, line, column, path, sentence }: ConfigFault): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${path === '' ? place : `${place} ${path}`}: ${sentence}`;
}
