import type { RetentionEvaluation } from '../core/retention';
import type { RetentionDecision } from '../core/retention-decision';
import type { OutputOptions } from './resolution-output';
import { type Style, tableOf } from './table';

interface ShownReason {
  readonly code: string;
  readonly text: string;
}

/** What `retention evaluate` and a stored plan have in common. */
interface ShownEvaluation {
  readonly outcome: string;
  readonly reason?: ShownReason | undefined;
  readonly warnings: readonly ShownReason[];
  readonly decisions: readonly ShownDecision[];
}

interface ShownDecision {
  readonly tag: string;
  readonly digest: string;
  readonly verdict: RetentionDecision['verdict'];
  readonly form?: string | undefined;
  readonly rule?: string | undefined;
  readonly reasons: readonly ShownReason[];
}

/** Prints an evaluation; the table shows what goes first. */
export function printEvaluation(
  evaluation: RetentionEvaluation,
  { format, colors, output }: OutputOptions,
): void {
  const { outcome, reason, breaches: _, warnings, decisions, unreachable } = evaluation;
  const head = { outcome, ...(reason === undefined ? {} : { reason }), warnings };
  switch (format) {
    case 'json':
      output.write(`${JSON.stringify({ ...head, decisions, unreachable }, undefined, 2)}\n`);
      return;
    case 'ndjson':
      for (const line of [{ ...head, unreachable }, ...decisions.map((decision) => ({ decision }))])
        output.write(`${JSON.stringify(line)}\n`);
      return;
    case 'table':
      output.write(describeEvaluation(evaluation, colors));
  }
}

const ORDER = { delete: 0, blocked: 1, keep: 2 } as const;
const STYLES: Readonly<Record<RetentionDecision['verdict'], Style>> = {
  delete: 'yellow',
  blocked: 'cyan',
  keep: 'dim',
};

/** The plan as a table with its outcome above it and its warnings below; lists what is shown only. */
export function describeEvaluation(
  evaluation: ShownEvaluation,
  colors: boolean,
  isShown: (decision: ShownDecision) => boolean = () => true,
): string {
  const { decisions, warnings } = evaluation;
  const rows = decisions
    .filter(isShown)
    .sort((left, right) => ORDER[left.verdict] - ORDER[right.verdict])
    .map(({ tag, verdict, form, reasons }) => [
      { text: tag },
      { text: form === undefined ? verdict : `${verdict} by ${form}`, style: STYLES[verdict] },
      {
        text: reasons.map(({ text }) => text.replace(/^(?:kept|deleted|blocked): /, '')).join('; '),
      },
    ]);
  const lines = warnings.map(({ code, text }) => `warning ${code}: ${text}\n`);
  const table = tableOf(['TAG', 'VERDICT', 'WHY'], rows, colors);
  const listed = decisions.length === 0 ? '\nNo tags.\n' : rows.length === 0 ? '' : `\n${table}`;
  return `${summaryOf(evaluation)}\n${listed}${lines.length === 0 ? '' : '\n'}${lines.join('')}`;
}

/** The outcome with its reason and the counts, in one line without its end. */
export function summaryOf({ outcome, reason, decisions }: ShownEvaluation): string {
  const because = reason === undefined ? '' : ` (${reason.code}: ${reason.text})`;
  return `${outcome}${because}: ${countsOf(decisions)}`;
}

function countsOf(decisions: readonly ShownDecision[]): string {
  const count = (verdict: ShownDecision['verdict']): number =>
    decisions.filter((decision) => decision.verdict === verdict).length;
  return `${count('delete')} to delete, ${count('keep')} to keep, ${count('blocked')} blocked`;
}
