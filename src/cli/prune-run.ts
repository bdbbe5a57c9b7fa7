import { setTimeout as wait } from 'node:timers/promises';
import { type ApiClient, ApiError } from './api-client';
import { type CommandCall, EXIT } from './command';
import { printAnswer } from './printed-answer';
import { progressOn } from './progress';
import {
  describeNotice,
  describeRun,
  exitCodeOfRun,
  isUnderNotice,
  progressOf,
} from './prune-run-output';
import type { CancelRequest } from './prune-request';
import { RunAnswer } from './prune.schema';
import { harmlessIn } from './server-text';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;
/** A service that is restarted goes on with its runs. */
const MOST_FAILURES = 5;

export function readRun(api: ApiClient, runId: number): Promise<RunAnswer> {
  return api.ask({ method: 'GET', path: `retention-runs/${runId}`, schema: RunAnswer });
}

/** `prune --run`: a run to its end, or as it stands. Gives the exit code. */
export async function runLook(call: CommandCall, api: ApiClient, runId: number): Promise<number> {
  const run = await readRun(api, runId);
  const isWaiting = isUnderNotice(run, call.io.now());
  const ended = isWaiting || !waitsFor(call) ? run : await followRun(call, api, run);
  return printRun(call, ended);
}

/** `prune --cancel`: prints what is left of the run. Gives the exit code. */
export async function runCancel(
  call: CommandCall,
  api: ApiClient,
  { runId, tags, reason }: CancelRequest,
): Promise<number> {
  const body = { tags, reason };
  const path = `retention-runs/${runId}/cancellations`;
  printRun(call, await api.ask({ method: 'POST', path, body, schema: RunAnswer }));
  return EXIT.ok;
}

/** Whether the command stays until the run has ended. */
export function waitsFor({ options }: CommandCall): boolean {
  return options['no-wait'] !== true;
}

/** Shows how a run goes on until it has ended; gives it as it ended. Throws ApiError. */
export async function followRun(
  { io }: CommandCall,
  api: ApiClient,
  begun: RunAnswer,
): Promise<RunAnswer> {
  const progress = progressOn(io.stderr);
  let run = begun;
  try {
    for (let waitMs = FIRST_WAIT_MS; run.status === 'running'; waitMs = longer(waitMs)) {
      progress.show(progressOf(run));
      await wait(waitMs);
      run = await readPatiently(api, run.id);
    }
    progress.show(progressOf(run));
    return run;
  } finally {
    progress.end();
  }
}

async function readPatiently(api: ApiClient, runId: number): Promise<RunAnswer> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await readRun(api, runId);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.exitCode !== EXIT.unreachable || failures === MOST_FAILURES) {
        const sentence = `${error.message}\nRun ${runId} goes on without this command: tagward prune --run ${runId}`;
        throw new ApiError(sentence, error.exitCode, { cause: error });
      }
      await wait(longer(FIRST_WAIT_MS * 2 ** failures));
    }
  }
}

function longer(ms: number): number {
  return Math.min(ms * 2, LONGEST_WAIT_MS);
}

/** Gives the exit code that the run stands for. */
export function printRun(call: CommandCall, run: RunAnswer): number {
  const { items, ...head } = run;
  printAnswer(call, {
    data: run,
    lines: [head, ...items.map((item) => ({ item }))],
    table: (colors) => {
      const shown = RunAnswer.parse(harmlessIn(run));
      const isWaiting = isUnderNotice(shown, Date.parse(shown.startedAt));
      const below = isWaiting ? `\n${describeNotice(shown, call.options)}` : '';
      return `${describeRun(shown, colors)}${below}`;
    },
  });
  return exitCodeOfRun(run);
}
