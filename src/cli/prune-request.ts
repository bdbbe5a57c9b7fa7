import { suggest } from '../config/suggestion';
import { isTagName } from '../core/names';
import { PLAN_GUARDS, type PlanGuard } from '../core/retention-guards';
import { repositoryOf } from './api-client';
import { type CommandCall, type OptionValues, UsageError } from './command';
import { textOption } from './command-line';

export type GivenRepository = ReturnType<typeof repositoryOf>;

/** What a plan is executed with. */
interface Approval {
  readonly override: readonly PlanGuard[] | undefined;
  readonly reason: string | undefined;
}

export interface ApplyRequest {
  readonly kind: 'apply';
  /** Undefined when one is to be computed for the repository. */
  readonly planId: number | undefined;
  /** Undefined when the plan says which. */
  readonly repository: GivenRepository | undefined;
  readonly approval: Approval;
}

export interface CancelRequest {
  readonly kind: 'cancel';
  readonly runId: number;
  /** Undefined for all that have not happened yet. */
  readonly tags: readonly string[] | undefined;
  readonly reason: string;
}

/** What `tagward prune` was told to do. */
export type PruneRequest =
  | { readonly kind: 'plan'; readonly repository: GivenRepository }
  | { readonly kind: 'stored-plan'; readonly planId: number }
  | ApplyRequest
  | { readonly kind: 'run'; readonly runId: number }
  | CancelRequest;

/** Which forms of the command an option belongs to, and how that is said. */
const PLACES: Readonly<Record<string, readonly [forms: readonly string[], words: string]>> = {
  all: [['plan', 'stored-plan', 'apply'], 'a plan'],
  yes: [['apply'], '--apply; without it prune is a dry run'],
  override: [['apply'], '--apply'],
  reason: [['apply', 'cancel'], '--override or --cancel'],
  'no-wait': [['apply', 'run'], '--apply or --run'],
  tags: [['cancel'], '--cancel'],
};

/** Throws {@link UsageError} for what is missing, wrong, or of another form of the command. */
export function pruneRequestOf({ options, operands }: CommandCall): PruneRequest {
  const request = requestIn(options, operands);
  for (const [name, [forms, words]] of Object.entries(PLACES)) {
    if (options[name] === undefined || forms.includes(request.kind)) continue;
    throw new UsageError(`--${name} goes with ${words}; see tagward prune --help`);
  }
  return request;
}

function requestIn(options: OptionValues, operands: readonly string[]): PruneRequest {
  const actions = ['apply', 'cancel', 'run'].filter((name) => options[name] !== undefined);
  if (actions.length > 1) {
    throw new UsageError(`--${actions.join(' and --')} are two commands: give one of them`);
  }
  if (actions[0] === 'apply') return applyRequestIn(options, operands);
  if (actions[0] === undefined) return planRequestIn(operands);
  refuseOperands(operands, actions[0]);
  return actions[0] === 'run'
    ? { kind: 'run', runId: idIn(textOption(options, 'run') ?? '', '--run') }
    : cancelRequestIn(options);
}

function planRequestIn([operand, extra]: readonly string[]): PruneRequest {
  if (extra !== undefined) {
    throw new UsageError(`prune takes ${JSON.stringify(extra)} beside a repository with --apply`);
  }
  if (operand !== undefined && isId(operand)) {
    return { kind: 'stored-plan', planId: Number(operand) };
  }
  return { kind: 'plan', repository: repositoryOf(operand, 'prune') };
}

function applyRequestIn(options: OptionValues, operands: readonly string[]): ApplyRequest {
  const ids = operands.filter(isId);
  const others = operands.filter((operand) => !isId(operand));
  if (operands.length === 0 || ids.length > 1 || others.length > 1) {
    throw new UsageError(
      'prune --apply needs the id of one plan, as tagward prune REPOSITORY shows it; or a repository',
    );
  }
  return {
    kind: 'apply',
    planId: ids[0] === undefined ? undefined : Number(ids[0]),
    repository: others[0] === undefined ? undefined : repositoryOf(others[0], 'prune'),
    approval: approvalIn(options),
  };
}

function approvalIn(options: OptionValues): Approval {
  const names = textOption(options, 'override')?.split(',');
  const override = names?.map((text) => guardOf(text.trim()));
  const reason = textOption(options, 'reason');
  if (override !== undefined && reason === undefined) {
    throw new UsageError('--override needs --reason TEXT: it is recorded with the run');
  }
  if (override === undefined && reason !== undefined) {
    throw new UsageError('--reason goes with --override or --cancel; see tagward prune --help');
  }
  return { override, reason };
}

function guardOf(text: string): PlanGuard {
  const guard = PLAN_GUARDS.find((known) => known === text);
  if (guard !== undefined) return guard;
  throw new UsageError(
    `--override: ${JSON.stringify(text)} is no guard; ${suggest(text, PLAN_GUARDS)}`,
  );
}

function cancelRequestIn(options: OptionValues): CancelRequest {
  const runId = idIn(textOption(options, 'cancel') ?? '', '--cancel');
  const reason = textOption(options, 'reason');
  if (reason === undefined) throw new UsageError('--cancel needs --reason TEXT: it is recorded');
  const tags = textOption(options, 'tags')
    ?.split(',')
    .map((text) => text.trim());
  const wrong = tags?.find((tag) => !isTagName(tag));
  if (wrong === undefined) return { kind: 'cancel', runId, tags, reason };
  throw new UsageError(
    `--tags: ${JSON.stringify(wrong)} is no legal tag; give tags with commas between them`,
  );
}

function refuseOperands([operand]: readonly string[], action: string): void {
  if (operand === undefined) return;
  const words = `prune --${action} takes the id of a run and no ${JSON.stringify(operand)}`;
  throw new UsageError(`${words}; see tagward prune --help`);
}

/** No repository is a number: it has a slash. */
function isId(text: string): boolean {
  return /^[1-9]\d{0,14}$/.test(text);
}

function idIn(text: string, option: string): number {
  if (isId(text)) return Number(text);
  throw new UsageError(`${option} is ${JSON.stringify(text)}; allowed: the id of a run, such as 5`);
}
