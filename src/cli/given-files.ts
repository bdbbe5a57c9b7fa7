import { ConfigError, type ConfigFault } from '../config/config-error';
import { readTextFile } from '../config/text-file';
import { type CommandIo, type OptionValues, UsageError } from './command';
import { parseTime } from './listing-line.schema';

export interface GivenText {
  /** How faults name it. */
  readonly name: string;
  readonly text: string;
}

/** A file, or standard input for `-`. Throws {@link UsageError}. */
export async function readGivenFile(file: string, { stdin }: CommandIo): Promise<GivenText> {
  if (file !== '-') return { name: file, text: readFile(file) };
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return { name: '<stdin>', text: Buffer.concat(chunks).toString('utf8') };
}

/** Throws {@link UsageError}. */
export function readFile(path: string): string {
  const read = readTextFile(path);
  if ('text' in read) return read.text;
  throw new UsageError(`cannot read ${path}: ${read.reason}`);
}

/** Both parts, or one ConfigError with the faults of both: all are shown at once. */
export function readBoth<First, Second>(
  readFirst: () => First,
  readSecond: () => Second,
): readonly [First, Second] {
  const faults: ConfigFault[] = [];
  const first = attempt(readFirst, faults);
  const second = attempt(readSecond, faults);
  if (first === undefined || second === undefined) throw new ConfigError(faults);
  return [first.value, second.value];
}

function attempt<Value>(
  read: () => Value,
  faults: ConfigFault[],
): { readonly value: Value } | undefined {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}

/** The value of an option that is a time, as UTC milliseconds. Throws {@link UsageError}. */
export function timeOption(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (typeof time === 'number') return time;
  throw new UsageError(`${name} is ${JSON.stringify(text)}; allowed: ${time.allowed}`);
}

/** Whether the output is for eyes that see colours. */
export function colorsOf(options: OptionValues, io: CommandIo): boolean {
  const isPlain = options['no-color'] === true || (io.env['NO_COLOR'] ?? '') !== '';
  return io.stdout.isTTY === true && !isPlain;
}
