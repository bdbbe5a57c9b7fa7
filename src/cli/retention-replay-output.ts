import { z } from 'zod';
import { type Cell, tableOf } from './table';

const Reason = z.object({ code: z.string(), text: z.string() });

export const ReplayAnswer = z.object({
  repository: z.string(),
  from: z.string(),
  to: z.string(),
  approve: z.boolean(),
  counts: z.object({
    days: z.number(),
    needsApproval: z.number(),
    deleted: z.number(),
    regrets: z.number(),
    lost: z.number(),
    cancelled: z.number(),
    pending: z.number(),
  }),
  regrets: z.array(
    z.object({
      kind: z.string(),
      tag: z.string(),
      digest: z.string(),
      deletedAt: z.string(),
      neededAt: z.string(),
      by: z.array(z.string()),
      lost: z.boolean(),
      text: z.string(),
    }),
  ),
  deleted: z.array(
    z.object({
      tag: z.string(),
      digest: z.string(),
      at: z.string(),
      rule: z.string().optional(),
      reasons: z.array(Reason),
    }),
  ),
  days: z.array(
    z.object({
      at: z.string(),
      outcome: z.string(),
      reason: Reason.optional(),
      tags: z.number(),
      planned: z.number(),
      deleted: z.number(),
    }),
  ),
  warnings: z.array(Reason),
  limits: z.array(z.string()),
});
export type ReplayAnswer = z.infer<typeof ReplayAnswer>;

/** What was needed first, then how much would have gone, then what is not known. */
export function describeReplay(answer: ReplayAnswer, colors: boolean): string {
  const { repository, from, to, warnings, limits } = answer;
  const notes = [
    ...warnings.map(({ code, text }) => `warning ${code}: ${text}\n`),
    ...limits.map((text) => `note: ${text}\n`),
  ];
  const head = `${repository} from ${dayOf(from)} to ${dayOf(to)}`;
  return [
    `${head}: ${verdictOf(answer)}\n`,
    regretTable(answer, colors),
    `\n${countsText(answer)}${notes.length === 0 ? '' : '\n'}`,
    ...notes,
  ].join('');
}

function verdictOf({ counts: { days, deleted, regrets, lost } }: ReplayAnswer): string {
  if (days === 0) return 'there was nothing to replay';
  if (deleted === 0) return 'nothing would have been deleted';
  if (regrets === 0) return 'nothing that it would have deleted was needed later';
  return `${plural(regrets, 'tag')} that it would have deleted ${regrets === 1 ? 'was' : 'were'} needed later, ${lost} past restoring`;
}

function regretTable({ regrets }: ReplayAnswer, colors: boolean): string {
  if (regrets.length === 0) return '';
  const rows = regrets.map(({ tag, kind, deletedAt, neededAt, lost, text }): readonly Cell[] => [
    { text: tag },
    { text: dayOf(deletedAt) },
    { text: dayOf(neededAt) },
    { text: lost ? `${kind}, lost` : kind, style: lost ? 'yellow' : 'cyan' },
    { text },
  ]);
  return `\n${tableOf(['TAG', 'DELETED', 'NEEDED', 'HOW', 'WHAT'], rows, colors)}`;
}

function countsText(answer: ReplayAnswer): string {
  const { counts, days, deleted } = answer;
  const most = Math.max(0, ...days.map((day) => day.deleted));
  const rules = new Map<string, number>();
  for (const { rule = 'dependants' } of deleted) rules.set(rule, (rules.get(rule) ?? 0) + 1);
  return [
    `days       ${counts.days}\n`,
    `deleted    ${counts.deleted}${most === 0 ? '' : `, at most ${most} in a day`}\n`,
    ...Array.from(rules, ([rule, count]) => `           ${count} by ${rule}\n`),
    `called off ${counts.cancelled} in their notice, ${counts.pending} still under notice\n`,
    approvalText(answer),
  ].join('');
}

/** A plan that waits for a person deletes nothing, so that a clean replay may say little. */
function approvalText({ approve, counts, days }: ReplayAnswer): string {
  const first = days.find(({ outcome }) => outcome === 'needs-approval');
  if (first === undefined) return '';
  const effect = approve
    ? 'taken as approved'
    : 'not executed, --approve replays them as if somebody had approved them';
  const why = `${plural(counts.needsApproval, 'plan')} waited for a person, the first on ${dayOf(first.at)}`;
  return `approval   ${why} (${first.reason?.text ?? first.outcome}): ${effect}\n`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function dayOf(time: string): string {
  return time.slice(0, 10);
}
