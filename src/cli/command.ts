import type { ParseArgsConfig } from 'node:util';

/** What the process offers to a command, so that tests can run it without one. */
export interface CommandIo {
  readonly stdin: AsyncIterable<string | Buffer> & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** UTC milliseconds. */
  now(): number;
}

export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface CommandCall {
  readonly options: OptionValues;
  readonly operands: readonly string[];
  readonly io: CommandIo;
}

/** A subcommand: one file each. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Its own help, without the options that all commands have. */
  readonly help: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  readonly mostOperands: number;
  /** Gives the exit code. Throws {@link UsageError} or ConfigError, which end with 2. */
  run(call: CommandCall): Promise<number>;
}

/** Exit codes (experience.md section 7). */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  cancelled: 3,
  notAuthenticated: 4,
  refused: 5,
  unreachable: 6,
} as const;

/** The command line is wrong; the message says what is allowed instead. */
export class UsageError extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'UsageError';
  }
}
