import { parseArgs } from 'node:util';
import { closestName } from '../config/suggestion';
import { type Command, type CommandCall, type OptionValues, UsageError } from './command';

/** Options that every command has. */
const COMMON = {
  output: { type: 'string', short: 'o' },
  'no-color': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What follows the name of a command, checked against its options. Throws {@link UsageError}. */
export function parseCommandLine(
  command: Command,
  args: readonly string[],
): Pick<CommandCall, 'options' | 'operands'> {
  const known: Command['options'] = { ...command.options, ...COMMON };
  const { tokens } = parseArgs({
    args: [...args],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options: Record<string, string | boolean> = {};
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const type = Object.hasOwn(known, token.name) ? known[token.name]?.type : undefined;
    if (type === undefined) throw unknownOption(token.rawName, Object.keys(known), command);
    options[token.name] = valueOf(token, type);
  }
  if (operands.length > command.mostOperands && options['help'] === undefined) {
    const extra = JSON.stringify(operands[command.mostOperands]);
    throw new UsageError(
      `${command.name} does not take ${extra}; see tagward ${command.name} --help`,
    );
  }
  return { options, operands };
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function valueOf(token: OptionToken, type: 'string' | 'boolean'): string | boolean {
  const { rawName, value, inlineValue } = token;
  if (type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    return true;
  }
  const isOption = value?.startsWith('-') === true && value !== '-' && inlineValue !== true;
  if (value === undefined || isOption) throw new UsageError(`${rawName} needs a value`);
  return value;
}

function unknownOption(given: string, known: readonly string[], { name }: Command): UsageError {
  const close = given.startsWith('--') ? closestName(given.slice(2), known) : undefined;
  const names = known.map((option) => `--${option}`).join(', ');
  const advice = close === undefined ? `allowed: ${names}` : `did you mean --${close}?`;
  return new UsageError(`tagward ${name} has no option ${given}; ${advice}`);
}

const OUTPUTS = ['table', 'json', 'ndjson'] as const;
export type OutputFormat = (typeof OUTPUTS)[number];

/** The value of `-o`. Throws {@link UsageError}. */
export function outputFormatOf({ output = 'table' }: OptionValues): OutputFormat {
  const format = OUTPUTS.find((known) => known === output);
  if (format !== undefined) return format;
  throw new UsageError(`-o is ${JSON.stringify(output)}; allowed: ${OUTPUTS.join(', ')}`);
}

/** The value of an option that takes one; undefined without it. */
export function textOption(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
