import type { Command } from './command';

const COMMON_OPTIONS = `  -o, --output FORMAT  table (default), json or ndjson
      --no-color       no colours, also with NO_COLOR in the environment
  -h, --help           this text
`;

export const EXIT_CODES_HELP = `Exit codes of tagward

  0    ok, or nothing to do
  1    failure
  2    wrong command line, configuration or input
  3    cancelled at a prompt
  4    authentication failed
  5    refused: protected tag, stale plan
  6    service or registry unreachable; safe to try again
  7    changes or drift, with --detailed-exitcode
  130  Ctrl-C
`;

export function generalHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands
    .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`)
    .join('');
  return `Usage: tagward COMMAND [OPTIONS]

Keeps the moving tags of container images right.

Commands
${list}
Options of all commands
${COMMON_OPTIONS}
More: tagward COMMAND --help, tagward help exit-codes
`;
}

export function commandHelp({ help }: Command): string {
  return `${help}${COMMON_OPTIONS}`;
}
