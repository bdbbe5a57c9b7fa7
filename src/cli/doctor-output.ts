import type { Check } from '../core/diagnosis';
import type { CommandCall } from './command';
import type { OutputFormat } from './command-line';
import { type Cell, type Style, tableOf } from './table';

/** Checks of one thing: a registry or a source by its id, or the service or configuration itself. */
export interface CheckGroup {
  /** Null when the checks are of no registry. */
  readonly registry: string | null;
  readonly source?: string;
  readonly checks: readonly Check[];
}

/** Prints checks: as a table, as the data behind them, or one check a line. */
export function printChecks(
  groups: readonly CheckGroup[],
  data: unknown,
  { format, call }: { readonly format: OutputFormat; readonly call: CommandCall },
): void {
  const { io, options } = call;
  if (format === 'json') {
    io.stdout.write(`${JSON.stringify(data, undefined, 2)}\n`);
    return;
  }
  if (format === 'ndjson') {
    for (const { checks, ...subject } of groups) {
      for (const check of checks) io.stdout.write(`${JSON.stringify({ ...subject, ...check })}\n`);
    }
    return;
  }
  const isPlain = options['no-color'] === true || (io.env['NO_COLOR'] ?? '') !== '';
  const colors = io.stdout.isTTY === true && !isPlain;
  io.stdout.write(tableOf(['SUBJECT', 'CHECK', 'STATUS', 'FOUND'], rowsOf(groups), colors));
}

const STYLES: Readonly<Record<Check['status'], Style>> = {
  ok: 'green',
  warn: 'yellow',
  fail: 'bold',
  unknown: 'dim',
};

function rowsOf(groups: readonly CheckGroup[]): readonly (readonly Cell[])[] {
  return groups.flatMap((group) =>
    group.checks.flatMap(({ name, status, text, fix }) => {
      const cells = [{ text: subjectOf(group) }, { text: name }];
      const row = [...cells, { text: status, style: STYLES[status] }, { text }];
      return fix === undefined ? [row] : [row, [...BLANKS, { text: `fix: ${fix}` }]];
    }),
  );
}

/** A source may have the id of a registry. */
function subjectOf({ registry, source }: CheckGroup): string {
  return source === undefined ? (registry ?? '-') : `source ${source}`;
}

const BLANKS: readonly Cell[] = [{ text: '' }, { text: '' }, { text: '' }];

/** `6 ok, 1 warn, 1 fail`: what there is, the good first. */
export function summaryOf(groups: readonly CheckGroup[]): string {
  const all = groups.flatMap(({ checks }) => checks);
  const counts = (['ok', 'unknown', 'warn', 'fail'] as const).map((status) => {
    const count = all.filter((check) => check.status === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  return counts.flat().join(', ');
}

export function hasFailed(groups: readonly CheckGroup[]): boolean {
  return groups.some(({ checks }) => checks.some(({ status }) => status === 'fail'));
}
