import { z } from 'zod';
import { parseDurationMs } from '../config/setting-values';
import { isDigest, isTagName } from '../core/names';
import { ApiClient, CALL_OPTIONS, repositoryOf, SERVER_HELP } from './api-client';
import { type Command, type CommandCall, EXIT, UsageError } from './command';
import { outputFormatOf, textOption } from './command-line';
import { parseTime } from './listing-line.schema';
import type { GivenRepository } from './prune-request';
import { printAnswer } from './printed-answer';
import { harmlessIn } from './server-text';
import { tableOf } from './table';

const HELP = `Usage: tagward pin REPOSITORY
       tagward pin REPOSITORY TAG_OR_DIGEST --reason TEXT [--until TIME]
       tagward pin REPOSITORY TAG_OR_DIGEST --remove

Lists the pins of a repository, or protects a tag from retention; a digest protects every tag and
image from which it can be reached. A pin that is there already is replaced.

Options
      --reason TEXT      why; recorded
      --until TIME       when the pin ends, such as 2026-12-01T00:00:00Z, or 30d from now
      --remove           takes the pin away
${SERVER_HELP}`;

export const pinCommand: Command = {
  name: 'pin',
  summary: 'protects a tag or digest from retention, or lists what is',
  help: HELP,
  options: {
    ...CALL_OPTIONS,
    reason: { type: 'string' },
    until: { type: 'string' },
    remove: { type: 'boolean' },
  },
  mostOperands: 2,
  run: runPin,
};

const Pin = z.looseObject({
  repository: z.string(),
  target: z.string(),
  kind: z.string(),
  reason: z.string(),
  by: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
});
type Pin = z.infer<typeof Pin>;
const Pins = z.looseObject({ items: z.array(Pin) });

async function runPin(call: CommandCall): Promise<number> {
  const { options, operands } = call;
  outputFormatOf(options);
  const repository = repositoryOf(operands[0], 'pin');
  const target = operands[1];
  if (target !== undefined) return changePin(call, repository, targetIn(target));
  const stray = ['reason', 'until', 'remove'].find((name) => options[name] !== undefined);
  if (stray === undefined) return listPins(call, repository);
  const command = `tagward pin ${repository.repository} TAG`;
  throw new UsageError(`--${stray} needs a tag or a digest: ${command}`);
}

/** No tag has a colon, and every digest has one. */
function targetIn(text: string): string {
  if (isTagName(text) || isDigest(text)) return text;
  const allowed = 'a legal tag, or sha256: and 64 hex digits in lower case';
  throw new UsageError(`${JSON.stringify(text)} cannot be pinned; allowed: ${allowed}`);
}

async function listPins(call: CommandCall, { repository, slug }: GivenRepository): Promise<number> {
  const path = `repositories/${slug}/pins`;
  const answer = await ApiClient.of(call).ask({ method: 'GET', path, schema: Pins });
  printAnswer(call, {
    data: answer,
    lines: answer.items,
    table: (colors) => describeList(repository, Pins.parse(harmlessIn(answer)).items, colors),
  });
  return EXIT.ok;
}

function describeList(repository: string, pins: readonly Pin[], colors: boolean): string {
  if (pins.length === 0) return `Nothing of ${repository} is pinned.\n`;
  const rows = pins.map(({ target, expiresAt, by, createdAt, reason }) => [
    ...[{ text: target }, { text: expiresAt ?? 'for good' }],
    ...[{ text: by }, { text: createdAt }, { text: reason }],
  ]);
  return tableOf(['PINNED', 'UNTIL', 'BY', 'SINCE', 'REASON'], rows, colors);
}

async function changePin(
  call: CommandCall,
  { slug }: GivenRepository,
  target: string,
): Promise<number> {
  const remove = call.options['remove'] === true;
  const change = remove
    ? refuseBesideRemove(call)
    : ({ method: 'PUT', body: pinBodyOf(call) } as const);
  const path = `repositories/${slug}/pins/${encodeURIComponent(target)}`;
  const pin = await ApiClient.of(call).ask({ ...change, path, schema: Pin });
  printAnswer(call, {
    data: pin,
    lines: [pin],
    table: () => describe(Pin.parse(harmlessIn(pin)), remove),
  });
  return EXIT.ok;
}

function refuseBesideRemove({ options }: CommandCall): { readonly method: 'DELETE' } {
  const stray = ['reason', 'until'].find((name) => options[name] !== undefined);
  if (stray === undefined) return { method: 'DELETE' };
  throw new UsageError(`--${stray} does not go with --remove`);
}

function pinBodyOf({ options, io }: CommandCall): {
  readonly reason: string;
  readonly expiresAt?: string;
} {
  const reason = textOption(options, 'reason');
  if (reason === undefined) throw new UsageError('pin needs --reason TEXT: it is recorded');
  const until = textOption(options, 'until');
  if (until === undefined) return { reason };
  return { reason, expiresAt: new Date(endOf(until, io.now())).toISOString() };
}

/** UTC milliseconds. */
function endOf(until: string, now: number): number {
  const durationMs = parseDurationMs(until);
  if (durationMs !== undefined) return now + durationMs;
  const time = parseTime(until);
  if (typeof time === 'number') return time;
  throw new UsageError(
    `--until is ${JSON.stringify(until)}; allowed: ${time.allowed}, or a duration such as 30d`,
  );
}

function describe({ repository, target, kind, expiresAt }: Pin, removed: boolean): string {
  const what = `${kind} ${target} of ${repository}`;
  if (removed) return `The ${what} is pinned no longer: the next run may let it go.\n`;
  const end = expiresAt === null ? 'until the pin is removed' : `until ${expiresAt}`;
  return `The ${what} is pinned ${end}.\n`;
}
