import { PLAN_GUARDS } from '../core/retention-guards';
import { ApiClient, CALL_OPTIONS, SERVER_HELP } from './api-client';
import { type Command, type CommandCall, EXIT } from './command';
import { outputFormatOf } from './command-line';
import { printAnswer } from './printed-answer';
import { computePlan, readPlan, runApply } from './prune-apply';
import { describeNextStep, describePlan } from './prune-output';
import { pruneRequestOf } from './prune-request';
import { runCancel, runLook } from './prune-run';
import { PlanAnswer } from './prune.schema';
import { harmlessIn } from './server-text';

const HELP = `Usage: tagward prune REPOSITORY [--all]
       tagward prune --apply PLAN [--override GUARDS --reason TEXT]
       tagward prune REPOSITORY --apply [--yes]
       tagward prune --run RUN
       tagward prune --cancel RUN --reason TEXT [--tags TAGS]

A dry run without --apply: the service computes and stores a plan of what the retention policy of a
repository lets go, and deletes nothing. tagward prune PLAN shows a stored plan again.

--apply PLAN executes exactly the plan with this number, before it expires. With a repository
instead, a plan is computed and executed at once. On a terminal the plan is shown and has to be
confirmed; elsewhere a repository needs --yes. What the policy approves only by a person
(approveAbove) needs a plan that a person has seen, or --override approve-above.

Under a notice the deletions happen at its end, until when --cancel keeps them from happening.

Ends with 0 when every tag was dealt with or is still to come, 1 when the registry refused a
deletion or the run failed, 3 when it was not confirmed, and 5 when a guard stopped it.

Options
      --all              also lists the tags that stay
      --apply            executes a plan
      --yes              asks nothing
      --override GUARDS  guards to set aside, with commas between them:
                         ${PLAN_GUARDS.join(', ')}
      --reason TEXT      why; recorded
      --no-wait          does not wait for the end of the run
      --run RUN          waits for the end of a run, and shows what became of each tag
      --cancel RUN       cancels deletions that have not happened yet
      --tags TAGS        which of them, with commas between them; all without it
${SERVER_HELP}`;

export const pruneCommand: Command = {
  name: 'prune',
  summary: 'what retention lets go; --apply deletes it',
  help: HELP,
  options: {
    ...CALL_OPTIONS,
    all: { type: 'boolean' },
    apply: { type: 'boolean' },
    yes: { type: 'boolean' },
    override: { type: 'string' },
    reason: { type: 'string' },
    'no-wait': { type: 'boolean' },
    run: { type: 'string' },
    cancel: { type: 'string' },
    tags: { type: 'string' },
  },
  mostOperands: 2,
  run: runPrune,
};

async function runPrune(call: CommandCall): Promise<number> {
  // Before anything is asked of the service: a wrong -o must not cost the answer to a deletion.
  outputFormatOf(call.options);
  const request = pruneRequestOf(call);
  const api = ApiClient.of(call);
  switch (request.kind) {
    case 'plan':
      return printPlan(call, await computePlan(api, request.repository));
    case 'stored-plan':
      return printPlan(call, await readPlan(api, request.planId));
    case 'apply':
      return runApply(call, api, request);
    case 'run':
      return runLook(call, api, request.runId);
    case 'cancel':
      return runCancel(call, api, request);
  }
}

function printPlan(call: CommandCall, plan: PlanAnswer): number {
  const { options } = call;
  const { decisions, ...head } = plan;
  printAnswer(call, {
    data: plan,
    lines: [head, ...decisions.map((decision) => ({ decision }))],
    table: (colors) => {
      const shown = PlanAnswer.parse(harmlessIn(plan));
      const view = { all: options['all'] === true, colors };
      return `${describePlan(shown, view)}\n${describeNextStep(shown, options)}`;
    },
  });
  return EXIT.ok;
}
