import { type ApiClient, ApiError } from './api-client';
import { type CommandCall, type CommandIo, EXIT, type OptionValues, UsageError } from './command';
import { summaryOf } from './evaluation-output';
import { colorsOf } from './given-files';
import { isConfirmed } from './prune-confirm';
import { applyCommand, type Breach, deletionsOf, describePlan } from './prune-output';
import type { ApplyRequest, GivenRepository } from './prune-request';
import { isUnderNotice } from './prune-run-output';
import { followRun, printRun, readRun, waitsFor } from './prune-run';
import { ExecutionAnswer, PlanAnswer } from './prune.schema';
import { harmless, harmlessIn } from './server-text';

export function computePlan(api: ApiClient, { slug }: GivenRepository): Promise<PlanAnswer> {
  const path = `repositories/${slug}/retention-plans`;
  return api.ask({ method: 'POST', path, body: {}, schema: PlanAnswer });
}

export function readPlan(api: ApiClient, planId: number): Promise<PlanAnswer> {
  return api.ask({ method: 'GET', path: `retention-plans/${planId}`, schema: PlanAnswer });
}

/**
 * `prune --apply`: executes exactly one plan, stored before or computed now. Gives the exit code.
 * Throws UsageError where nobody could be asked, and ApiError where the plan may not be executed.
 */
export async function runApply(
  call: CommandCall,
  api: ApiClient,
  request: ApplyRequest,
): Promise<number> {
  const { io, options } = call;
  const asks = options['yes'] !== true && io.stdin.isTTY === true;
  const plan = await planFor(api, request, asks || options['yes'] === true);
  refuse(plan, request, { options, isSeen: asks || request.planId !== undefined });
  const deletions = deletionsOf(plan);
  show(plan, { asks: asks && deletions > 0, call });
  if (asks && deletions > 0 && !(await isConfirmed(deletions, io))) {
    const left = `Nothing was deleted. Plan ${plan.id} can be executed before ${plan.expiresAt}.`;
    io.stderr.write(`${harmless(left)}\n`);
    return EXIT.cancelled;
  }
  return execute(call, api, plan, request);
}

async function planFor(
  api: ApiClient,
  { planId, repository }: ApplyRequest,
  isAnswered: boolean,
): Promise<PlanAnswer> {
  if (planId !== undefined) {
    const plan = await readPlan(api, planId);
    if (repository === undefined || repository.repository === plan.repository) return plan;
    const sentence = `plan ${planId} is for ${harmless(plan.repository)}, not ${repository.repository}`;
    throw new UsageError(sentence);
  }
  if (repository === undefined) throw new UsageError('prune --apply needs a plan or a repository');
  if (isAnswered) return computePlan(api, repository);
  throw new UsageError(
    `there is no terminal to ask at: add --yes, or give the id of a plan that somebody has looked at (tagward prune ${repository.repository} shows one)`,
  );
}

/** Refused here already, before anybody is asked: what the service would refuse, and what nobody saw. */
function refuse(
  plan: PlanAnswer,
  { approval }: ApplyRequest,
  { options, isSeen }: { readonly options: OptionValues; readonly isSeen: boolean },
): void {
  if (plan.status !== 'open') throw refusal(closedSentence(plan));
  const overridden = new Set<string>(approval.override);
  if (isSeen) overridden.add('approve-above');
  const breaches = plan.breaches.filter(({ code }) => !overridden.has(code));
  if (breaches.length === 0) return;
  const texts = breaches.map(({ text }) => text).join('; ');
  const command = applyCommand(plan, allBreaches(plan), options);
  const sentence = `plan ${plan.id} is held by its guards: ${texts}. Nothing was deleted.`;
  throw refusal(sentence, `To execute it all the same: ${command}`);
}

function allBreaches({ breaches }: PlanAnswer): readonly Breach[] {
  return breaches.filter(({ code }) => /^[a-z-]+$/.test(code));
}

function closedSentence(plan: PlanAnswer): string {
  const { id, repository, status, runId } = plan;
  const again = `tagward prune ${repository} computes a new one`;
  if (status === 'executed') {
    return `plan ${id} has been executed: tagward prune --run ${runId ?? '?'} shows how; ${again}`;
  }
  if (status === 'expired') return `plan ${id} expired at ${plan.expiresAt}; ${again}`;
  return `plan ${id} lets nothing go: ${summaryOf(plan)}`;
}

function refusal(sentence: string, more?: string): ApiError {
  const message = harmless(sentence);
  return new ApiError(more === undefined ? message : `${message}\n${more}`, EXIT.refused);
}

/** A person who is asked sees the whole; a script gets one line. Both beside the data. */
function show(
  plan: PlanAnswer,
  { asks, call: { options, io } }: { readonly asks: boolean; readonly call: CommandCall },
): void {
  const shown = PlanAnswer.parse(harmlessIn(plan));
  if (!asks) {
    io.stderr.write(`plan ${shown.id} of ${shown.repository} is ${summaryOf(shown)}\n`);
    return;
  }
  const terminal: CommandIo = { ...io, stdout: io.stderr };
  const view = { all: options['all'] === true, colors: colorsOf(options, terminal) };
  io.stderr.write(`${describePlan(shown, view)}\n`);
}

async function execute(
  call: CommandCall,
  api: ApiClient,
  { id, planHash }: PlanAnswer,
  { approval: { override, reason } }: ApplyRequest,
): Promise<number> {
  const { run: begun } = await api.ask({
    method: 'POST',
    path: `retention-plans/${id}/executions`,
    body: { ...(override === undefined ? {} : { override, reason }) },
    ifMatch: planHash,
    schema: ExecutionAnswer,
  });
  const run = await readRun(api, begun.id);
  const isWaiting = isUnderNotice(run, Date.parse(run.startedAt));
  if (isWaiting || !waitsFor(call)) {
    const look = `tagward prune --run ${run.id}`;
    call.io.stderr.write(`run ${run.id} has begun, and goes on without this command; ${look}\n`);
    return printRun(call, run);
  }
  return printRun(call, await followRun(call, api, run));
}
