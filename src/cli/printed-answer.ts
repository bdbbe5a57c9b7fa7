import type { CommandCall } from './command';
import { outputFormatOf } from './command-line';
import { colorsOf } from './given-files';

export interface PrintedAnswer {
  /** All of it, for `-o json`. */
  readonly data: unknown;
  /** The same in parts, for `-o ndjson`. */
  readonly lines: readonly unknown[];
  /** For eyes; called only when it is wanted. */
  table(colors: boolean): string;
}

/** Prints an answer on standard output in the format that was asked for. Throws UsageError. */
export function printAnswer({ options, io }: CommandCall, answer: PrintedAnswer): void {
  switch (outputFormatOf(options)) {
    case 'json':
      io.stdout.write(`${JSON.stringify(answer.data, undefined, 2)}\n`);
      return;
    case 'ndjson':
      io.stdout.write(answer.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      return;
    case 'table':
      io.stdout.write(answer.table(colorsOf(options, io)));
  }
}
