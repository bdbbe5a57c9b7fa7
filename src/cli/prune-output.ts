import type { OptionValues } from './command';
import { sameServer } from './api-client';
import { describeEvaluation } from './evaluation-output';
import type { PlanAnswer } from './prune.schema';

export type Breach = PlanAnswer['breaches'][number];
type Decision = PlanAnswer['decisions'][number];

export interface PlanView {
  /** Whether tags that stay are listed, too. */
  readonly all: boolean;
  readonly colors: boolean;
}

/** A plan in full: counts, what goes, what is blocked, warnings and guards. Texts have to be harmless. */
export function describePlan(plan: PlanAnswer, { all, colors }: PlanView): string {
  const isShown = ({ verdict }: Pick<Decision, 'verdict'>): boolean => all || verdict !== 'keep';
  const hidden = plan.decisions.filter((decision) => !isShown(decision)).length;
  return [
    `Plan ${plan.id} of ${plan.repository} by the policy ${plan.policy}\n`,
    describeEvaluation(plan, colors, isShown),
    hidden === 0 ? '' : `\n${tags(hidden)} to keep not listed; --all lists all\n`,
    ...plan.breaches.map(({ code, text }) => `guard ${code}: ${text}\n`),
  ].join('');
}

/** What to do after a dry run, the command to copy included. */
export function describeNextStep(plan: PlanAnswer, options: OptionValues): string {
  const nothing = 'Nothing was deleted.';
  if (plan.status === 'executed') {
    return `The plan is that of run ${plan.runId ?? '?'}: tagward prune --run ${plan.runId ?? '?'}\n`;
  }
  if (plan.status !== 'open') return `${nothing} This plan cannot be executed: ${plan.status}.\n`;
  const deletions = deletionsOf(plan);
  if (deletions === 0) return `${nothing} There is nothing to delete.\n`;
  const notice =
    Date.parse(plan.dueAt) > Date.parse(plan.createdAt)
      ? `, which deletes at ${plan.dueAt} and not before`
      : '';
  return `${nothing} To execute exactly this plan before ${plan.expiresAt}${notice}:\n  ${applyCommand(plan, plan.breaches, options)}\n`;
}

/** The command that executes a plan with these guards set aside. */
export function applyCommand(
  { id }: Pick<PlanAnswer, 'id'>,
  breaches: readonly Breach[],
  options: OptionValues,
): string {
  const guards = breaches.map(({ code }) => code).filter((code) => code !== 'approve-above');
  const override = guards.length === 0 ? '' : ` --override ${guards.join(',')} --reason 'why'`;
  return `tagward prune --apply ${id}${override}${sameServer(options)}`;
}

export function deletionsOf({ decisions }: PlanAnswer): number {
  return decisions.filter(({ verdict }) => verdict === 'delete').length;
}

/** `1 tag`, `2 tags`. */
export function tags(number: number): string {
  return `${number} tag${number === 1 ? '' : 's'}`;
}
