import { stringify } from 'yaml';
import { z } from 'zod';
import { ApiClient, repositoryOf, SERVER_HELP, SERVER_OPTIONS } from './api-client';
import { type Command, type CommandCall, EXIT } from './command';
import { outputFormatOf } from './command-line';
import { tableOf } from './table';

const HELP = `Usage: tagward import REPOSITORY [--adopt]

What taking a repository over would mean: how many tags fit its rules, which rules would fit better,
and where its moving tags disagree. Nothing is changed without --adopt.

Options
      --adopt            lets the moving tags that disagree follow the rules
${SERVER_HELP}`;

export const importCommand: Command = {
  name: 'import',
  summary: 'what taking a repository over would mean; --adopt does it',
  help: HELP,
  options: { ...SERVER_OPTIONS, adopt: { type: 'boolean' } },
  mostOperands: 1,
  run: runImport,
};

const Reason = z.object({ code: z.string(), text: z.string() });
const Report = z.object({
  repository: z.string(),
  imported: z.boolean(),
  tags: z.number(),
  versions: z.number(),
  fitting: z.number(),
  suggestion: z.object({
    rules: z.record(z.string(), z.unknown()),
    versions: z.number(),
    fitting: z.number(),
  }),
  moving: z.array(
    z.object({
      tag: z.string(),
      release: z.string().nullable(),
      reason: Reason,
      agrees: z.boolean().optional(),
    }),
  ),
  skipped: z.array(z.object({ tag: z.string(), reason: Reason })),
});
type Report = z.infer<typeof Report>;

const Adoption = z.object({
  status: z.string(),
  decisions: z.array(z.object({ tag: z.string(), action: z.string(), reason: Reason })),
});

async function runImport(call: CommandCall): Promise<number> {
  const { options, operands, io } = call;
  const format = outputFormatOf(options);
  const { repository, slug } = repositoryOf(operands[0], 'import');
  const client = ApiClient.of(call);
  const report = await client.post('imports', { repository }, Report);
  const adopted =
    options['adopt'] === true
      ? await client.post(`repositories/${slug}/adoptions`, {}, Adoption)
      : undefined;
  const result = adopted === undefined ? report : { ...report, adopted };
  if (format !== 'table') io.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    io.stdout.write(describe(report));
    for (const { tag, reason } of adopted?.decisions ?? []) {
      io.stdout.write(`${tag}: ${reason.text}\n`);
    }
  }
  return EXIT.ok;
}

function describe(report: Report): string {
  const { repository, tags, versions, fitting, suggestion, moving, skipped } = report;
  const rows = moving.map(({ tag, release, agrees, reason }) => [
    ...[{ text: tag }, { text: release ?? '-' }],
    ...[
      { text: agrees === undefined ? 'new' : agrees ? 'agrees' : 'differs' },
      { text: reason.text },
    ],
  ]);
  const better = suggestion.fitting > fitting;
  return [
    `${repository}: ${tags} tags, ${versions} of them versions; ${fitting} fit the configured rules.\n`,
    better ? `${suggestion.fitting} would fit these:\n\n${stringify(suggestion.rules)}\n` : '',
    rows.length === 0 ? 'No moving tags.\n' : `\n${tableOf(HEADING, rows, false)}`,
    skipped.length === 0 ? '' : `\n${skipped.length} tags take part in no line.\n`,
  ].join('');
}

const HEADING = ['MOVING TAG', 'RELEASE', 'STATE', 'REASON'];
