import { isRepositoryName } from '../core/names';
import { ApiClient, CALL_OPTIONS, SERVER_HELP } from './api-client';
import { type Command, type CommandCall, EXIT, type OptionValues, UsageError } from './command';
import { textOption } from './command-line';
import { Deliveries, Delivery, Replayed } from './deliveries.schema';
import { parseTime } from './listing-line.schema';
import { printAnswer } from './printed-answer';
import { harmlessIn } from './server-text';
import { type Cell, tableOf } from './table';

const MOST_LISTED = 200;
const STATUSES = ['pending', 'done', 'ignored', 'dead'];

const HELP = `Usage: tagward deliveries ls [--status STATUS] [--source ID] [--repository REPOSITORY] [--limit N]
       tagward deliveries show ID
       tagward deliveries replay ID
       tagward deliveries replay --since TIME --until TIME [--status …] [--source …] [--repository …] [--apply]

What came in, newest first, and what was decided. A replay runs a delivery again, as one of its
own; of a span of time it only shows what would run, unless --apply is given.

Options
      --status STATUS    ${STATUSES.join(', ')}
      --source ID        of one source
      --repository NAME  of one repository, such as local/gallery/ui
      --limit N          at most so many, 50 unless given, up to ${MOST_LISTED}
      --since, --until   a time such as 2026-07-03T10:00:00Z; the end is not included
      --apply            runs what a span of time shows
${SERVER_HELP}`;

export const deliveriesCommand: Command = {
  name: 'deliveries',
  summary: 'lists what came in, shows what was decided, runs it again',
  help: HELP,
  options: {
    ...CALL_OPTIONS,
    status: { type: 'string' },
    source: { type: 'string' },
    repository: { type: 'string' },
    limit: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    apply: { type: 'boolean' },
  },
  mostOperands: 2,
  run: runDeliveries,
};

function runDeliveries(call: CommandCall): Promise<number> {
  const [verb = 'ls', id] = call.operands;
  if (verb === 'ls' && id === undefined) return list(call);
  if (verb === 'show') return show(call, idOf(id, verb));
  if (verb === 'replay' && id !== undefined) return replay(call, idOf(id, verb));
  if (verb === 'replay') return replayRange(call);
  throw new UsageError(`deliveries takes ls, show ID or replay, not ${JSON.stringify(verb)}`);
}

async function list(call: CommandCall): Promise<number> {
  const query = new URLSearchParams({ limit: limitOf(call.options), ...filtersOf(call.options) });
  const path = `deliveries?${query.toString()}`;
  const answer = await ApiClient.of(call).ask({ method: 'GET', path, schema: Deliveries });
  printAnswer(call, {
    data: answer,
    lines: answer.items,
    table: (colors) => describeList(Deliveries.parse(harmlessIn(answer)).items, colors),
  });
  return EXIT.ok;
}

async function show(call: CommandCall, id: number): Promise<number> {
  const path = `deliveries/${id}`;
  const delivery = await ApiClient.of(call).ask({ method: 'GET', path, schema: Delivery });
  printAnswer(call, {
    data: delivery,
    lines: [delivery],
    table: (colors) => describe(Delivery.parse(harmlessIn(delivery)), colors),
  });
  return EXIT.ok;
}

async function replay(call: CommandCall, id: number): Promise<number> {
  const stray = ['since', 'until', 'apply'].find((name) => call.options[name] !== undefined);
  if (stray !== undefined) throw new UsageError(`--${stray} does not go with an id`);
  const path = `deliveries/${id}/replays`;
  const answer = await ApiClient.of(call).ask({ method: 'POST', path, body: {}, schema: Replayed });
  printReplays(call, answer, `Delivery ${id} runs again as:\n`);
  return EXIT.ok;
}

async function replayRange(call: CommandCall): Promise<number> {
  const { options } = call;
  const span = { since: timeOf(options, 'since'), until: timeOf(options, 'until') };
  const dryRun = options['apply'] !== true;
  const body = { ...span, ...filtersOf(options), dryRun };
  const path = 'deliveries/replays';
  const answer = await ApiClient.of(call).ask({ method: 'POST', path, body, schema: Replayed });
  const count = answer.deliveries.length;
  const heading = dryRun
    ? `${count} would run again; --apply runs them:\n`
    : `${count} run again:\n`;
  printReplays(call, answer, heading);
  return EXIT.ok;
}

function printReplays(call: CommandCall, answer: Replayed, heading: string): void {
  printAnswer(call, {
    data: answer,
    lines: answer.deliveries,
    table: (colors) => {
      const rows = Replayed.parse(harmlessIn(answer)).deliveries.map((one): readonly Cell[] =>
        [String(one.id), one.repository ?? '-', one.tag ?? '-', one.status].map((text) => ({
          text,
        })),
      );
      return `${heading}${tableOf(['ID', 'REPOSITORY', 'TAG', 'STATUS'], rows, colors)}`;
    },
  });
}

function describeList(items: readonly Delivery[], colors: boolean): string {
  if (items.length === 0) return 'No delivery matches.\n';
  const rows = items.map((one): readonly Cell[] => [
    ...[{ text: String(one.id) }, { text: one.receivedAt }, { text: one.source }],
    ...[{ text: one.repository ?? '-' }, { text: one.tag ?? '-' }, statusOf(one)],
    { text: one.error?.text ?? '' },
  ]);
  const heading = ['ID', 'RECEIVED', 'SOURCE', 'REPOSITORY', 'TAG', 'STATUS', 'WHY'];
  return tableOf(heading, rows, colors);
}

function statusOf({ status }: Delivery): Cell {
  return { text: status, style: status === 'dead' ? 'yellow' : undefined };
}

function describe(delivery: Delivery, colors: boolean): string {
  const { outcome, error, notBefore } = delivery;
  const next = notBefore === null ? '' : `Next try at ${notBefore}.\n`;
  const why = error === null ? '' : `${error.text}\n`;
  const tries = `${delivery.attempts} tries, ${delivery.duplicates} duplicates.\n`;
  const head = `${describeList([{ ...delivery, error: null }], colors)}${why}${tries}${next}`;
  if (outcome === null || outcome.decisions.length === 0) return head;
  const rows = outcome.decisions.map(({ tag, action, to, reason }): readonly Cell[] => [
    ...[{ text: tag }, { text: action }, { text: to?.release ?? to?.digest ?? '-' }],
    { text: reason.text },
  ]);
  return `${head}\n${tableOf(['TAG', 'ACTION', 'TO', 'REASON'], rows, colors)}`;
}

function idOf(text: string | undefined, verb: string): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`deliveries ${verb} needs the id of a delivery, a whole number`);
}

function limitOf(options: OptionValues): string {
  const text = textOption(options, 'limit') ?? '50';
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= MOST_LISTED) return text;
  throw new UsageError(
    `--limit is ${JSON.stringify(text)}; allowed: a whole number from 1 to ${MOST_LISTED}`,
  );
}

/** What is looked for, checked here so that a slip is told in the words of the command line. */
function filtersOf(options: OptionValues): Record<string, string> {
  const status = textOption(options, 'status');
  if (status !== undefined && !STATUSES.includes(status)) {
    const allowed = STATUSES.join(', ');
    throw new UsageError(`--status is ${JSON.stringify(status)}; allowed: ${allowed}`);
  }
  const repository = textOption(options, 'repository');
  if (repository !== undefined && !isRepositoryName(repository)) {
    const text = JSON.stringify(repository);
    throw new UsageError(`--repository is ${text}; allowed: a name such as local/gallery/ui`);
  }
  const source = textOption(options, 'source');
  const given = Object.entries({ status, source, repository });
  return Object.fromEntries(
    given.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function timeOf(options: OptionValues, name: 'since' | 'until'): string {
  const text = textOption(options, name);
  if (text === undefined) throw new UsageError('replay needs an id, or --since and --until');
  const time = parseTime(text);
  if (typeof time === 'number') return new Date(time).toISOString();
  throw new UsageError(`--${name} is ${JSON.stringify(text)}; allowed: ${time.allowed}`);
}
