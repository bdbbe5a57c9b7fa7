import { EXIT, type OptionValues } from './command';
import { sameServer } from './api-client';
import { tags } from './prune-output';
import type { RunAnswer } from './prune.schema';
import type { ProgressStep } from './progress';
import { harmless } from './server-text';
import { type Cell, type Style, tableOf } from './table';

type Item = RunAnswer['items'][number];

/** States in the order in which they are counted; what is not named here comes last. */
const STATES = [
  ...['pruned', 'already-absent', 'skipped', 'refused', 'failed'],
  ...['intended', 'scheduled'],
];
const OPEN: ReadonlySet<string | null> = new Set([null, 'scheduled', 'intended']);
const FAULTS: ReadonlySet<string | null> = new Set(['refused', 'failed']);
const STYLES: Readonly<Record<string, Style>> = {
  pruned: 'green',
  'already-absent': 'dim',
  skipped: 'cyan',
  refused: 'yellow',
  failed: 'yellow',
};
const ENDS: Readonly<Record<string, number>> = {
  running: EXIT.ok,
  done: EXIT.ok,
  'needs-approval': EXIT.refused,
  refused: EXIT.refused,
  skipped: EXIT.refused,
  aborted: EXIT.refused,
};

/** 0 when everything was dealt with or is still to come, 5 when a guard stopped it, else 1. */
export function exitCodeOfRun({ status, items }: RunAnswer): number {
  const code = ENDS[status] ?? EXIT.failure;
  const hasFaults = items.some(({ state }) => FAULTS.has(state));
  return code === EXIT.ok && hasFaults ? EXIT.failure : code;
}

/** Whether a run has begun and deletes nothing until its notice ends; `at` is UTC milliseconds. */
export function isUnderNotice({ status, dueAt }: RunAnswer, at: number): boolean {
  return status === 'running' && Date.parse(dueAt) > at;
}

/** `12/40 pruned, 1 skipped`. */
export function progressOf({ items }: RunAnswer): ProgressStep {
  const pruned = items.filter(({ state }) => state === 'pruned').length;
  const total = items.length;
  const others = countsOf(items.filter(({ state }) => !OPEN.has(state) && state !== 'pruned'));
  const settled = items.filter(({ state }) => !OPEN.has(state)).length;
  const text = [`${pruned}/${total} pruned`, ...others].join(', ');
  return { settled, total, text: harmless(text) };
}

/** A run with what became of each tag. Texts have to be harmless. */
export function describeRun(run: RunAnswer, colors: boolean): string {
  const { id, planId, repository, status, reason, items } = run;
  const because = reason === undefined ? '' : ` (${reason.code}: ${reason.text})`;
  const counts = items.length === 0 ? 'nothing to delete' : countsOf(items).join(', ');
  const head = `Run ${id} of plan ${planId}, ${repository}: ${status}${because}\n${counts}\n`;
  if (items.length === 0) return head;
  const rows = items.map((item): readonly Cell[] => [
    { text: item.tag },
    { text: stateOf(item), style: STYLES[stateOf(item)] },
    { text: item.form ?? '-' },
    { text: item.reason?.text.replace(/^skipped: /, '') ?? '' },
  ]);
  return `${head}\n${tableOf(['TAG', 'STATE', 'FORM', 'WHY'], rows, colors)}`;
}

/** When the deletions of a run under notice happen, and how to keep them from it. */
export function describeNotice(run: RunAnswer, options: OptionValues): string {
  const { id, dueAt, items } = run;
  const due = items.filter(({ state }) => OPEN.has(state)).length;
  const cancel = `tagward prune --cancel ${id} --reason 'why'${sameServer(options)}`;
  if (due === 0) return 'Nothing of it is left to be deleted.\n';
  return `${tags(due)} will be deleted at ${dueAt}, and nothing before. To keep them (--tags TAG,… for some):\n  ${cancel}\n`;
}

function countsOf(items: readonly Item[]): readonly string[] {
  const counts = new Map<string, number>(STATES.map((state) => [state, 0]));
  for (const item of items) counts.set(stateOf(item), (counts.get(stateOf(item)) ?? 0) + 1);
  return Array.from(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
}

function stateOf({ state }: Item): string {
  return state ?? 'scheduled';
}
