import { parse } from 'yaml';
import { z } from 'zod';
import { parseRules } from '../config/load-rules';
import { readTextFile } from '../config/text-file';
import { ApiClient, repositoryOf, SERVER_HELP, SERVER_OPTIONS } from './api-client';
import { type Command, type CommandCall, EXIT, UsageError } from './command';
import { outputFormatOf, textOption } from './command-line';
import { tableOf } from './table';

const HELP = `Usage: tagward backtest --rules FILE --repository REPOSITORY

Runs other rules over the recorded history of a repository and lists the moves that would have
differed. Nothing is changed.

Options
      --rules FILE       YAML with the keys of one entry of repositories
      --repository NAME  such as local/gallery/ui
${SERVER_HELP}`;

export const backtestCommand: Command = {
  name: 'backtest',
  summary: 'which recorded moves other rules would not have made, or would have',
  help: HELP,
  options: { ...SERVER_OPTIONS, rules: { type: 'string' } },
  mostOperands: 0,
  run: runBacktest,
};

const Backtest = z.object({
  repository: z.string(),
  releases: z.number(),
  moves: z.number(),
  same: z.number(),
  differences: z.array(
    z.object({
      kind: z.string(),
      tag: z.string(),
      at: z.string(),
      release: z.string().nullable(),
      instead: z.string().nullable(),
      text: z.string(),
    }),
  ),
});
type Backtest = z.infer<typeof Backtest>;

async function runBacktest(call: CommandCall): Promise<number> {
  const { options, io } = call;
  const format = outputFormatOf(options);
  const { slug } = repositoryOf(textOption(options, 'repository'), 'backtest');
  const rules = readRules(textOption(options, 'rules'));
  const result = await ApiClient.of(call).post(
    `repositories/${slug}/backtests`,
    { rules },
    Backtest,
  );
  if (format === 'json') io.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  else if (format === 'ndjson') {
    for (const difference of result.differences) io.stdout.write(`${JSON.stringify(difference)}\n`);
  } else io.stdout.write(describe(result));
  return EXIT.ok;
}

/** Checked here, so that faults have a line and a column; sent as they are written. */
function readRules(file: string | undefined): Readonly<Record<string, unknown>> {
  if (file === undefined) throw new UsageError('backtest needs --rules FILE');
  const read = readTextFile(file);
  if (!('text' in read)) throw new UsageError(`cannot read ${file}: ${read.reason}`);
  parseRules(read.text, file);
  const { match: _, ...rules } = z
    .record(z.string(), z.unknown())
    .parse(parse(read.text, { merge: true }) ?? {});
  return rules;
}

function describe({ repository, releases, moves, same, differences }: Backtest): string {
  const head = `${repository}: ${releases} releases, ${moves} recorded moves; ${same} the same by these rules, ${differences.length} differ.\n`;
  if (differences.length === 0) return head;
  const rows = differences.map(({ at, tag, text }) => [{ text: at }, { text: tag }, { text }]);
  return `${head}\n${tableOf(['TIME', 'TAG', 'DIFFERENCE'], rows, false)}`;
}
