import { ConfigError } from '../config/config-error';
import { suggest } from '../config/suggestion';
import { DomainError } from '../core/domain-error';
import { ApiError } from './api-client';
import { backtestCommand } from './backtest.command';
import { type Command, type CommandIo, EXIT, UsageError } from './command';
import { parseCommandLine } from './command-line';
import { configCommand } from './config.command';
import { deliveriesCommand } from './deliveries.command';
import { doctorCommand } from './doctor.command';
import { commandHelp, EXIT_CODES_HELP, generalHelp } from './help';
import { importCommand } from './import.command';
import { pinCommand } from './pin.command';
import { pruneCommand } from './prune.command';
import { resolveCommand } from './resolve.command';
import { restoreCommand } from './restore.command';
import { retentionCommand } from './retention.command';

const COMMANDS: readonly Command[] = [
  backtestCommand,
  configCommand,
  deliveriesCommand,
  doctorCommand,
  importCommand,
  pinCommand,
  pruneCommand,
  resolveCommand,
  restoreCommand,
  retentionCommand,
];

/** Runs the command line (without `node` and the script) and gives its exit code. Never throws. */
export async function runCommandLine(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    io.stderr.write(`${describe(error)}\n`);
    if (error instanceof ApiError) return error.exitCode;
    return error instanceof UsageError || error instanceof ConfigError ? EXIT.usage : EXIT.failure;
  }
}

async function dispatch([name, ...args]: readonly string[], io: CommandIo): Promise<number> {
  if (name === undefined) {
    io.stderr.write(generalHelp(COMMANDS));
    return EXIT.usage;
  }
  if (name === '--help' || name === '-h' || name === 'help') return showHelp(args, io);
  const command = commandNamed(name);
  const { options, operands } = parseCommandLine(command, args);
  if (options['help'] === true) return showHelp([name], io);
  return command.run({ options, operands, io });
}

function showHelp([topic]: readonly string[], { stdout }: CommandIo): number {
  if (topic === undefined) stdout.write(generalHelp(COMMANDS));
  else if (topic === 'exit-codes') stdout.write(EXIT_CODES_HELP);
  else stdout.write(commandHelp(commandNamed(topic)));
  return EXIT.ok;
}

function commandNamed(name: string): Command {
  const command = COMMANDS.find((known) => known.name === name);
  if (command !== undefined) return command;
  const advice = suggest(name, [...COMMANDS.map((known) => known.name), 'help']);
  const kind = name.startsWith('-') ? 'option' : 'command';
  throw new UsageError(`tagward has no ${kind} ${name}; ${advice}`);
}

/** Expected faults are a sentence; anything else shows where it came from. */
function describe(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DomainError) return error.message;
  if (error instanceof UsageError || error instanceof ApiError) return `tagward: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
