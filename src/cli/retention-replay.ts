import { parse } from 'yaml';
import { z } from 'zod';
import { parsePolicy } from '../config/load-policy';
import { ApiClient, repositoryOf } from './api-client';
import { type CommandCall, type CommandIo, EXIT, UsageError } from './command';
import { outputFormatOf, textOption } from './command-line';
import { colorsOf, readGivenFile } from './given-files';
import { describeReplay, ReplayAnswer } from './retention-replay-output';

const MOST_DAYS = 365;
const USUAL_DAYS = 90;

/**
 * `tagward retention replay`: what a policy would have deleted in the past that was needed later,
 * as the service finds it. Ends with 5 for regrets where `--fail-on-regret` is given.
 */
export async function runReplay(call: CommandCall): Promise<number> {
  const { options, io } = call;
  const format = outputFormatOf(options);
  const { slug } = repositoryOf(textOption(options, 'repository'), 'retention replay');
  const days = daysOf(textOption(options, 'days'));
  const policy = await readPolicy(textOption(options, 'policy'), io);
  const body = { policy, days, approve: options['approve'] === true };
  const path = `repositories/${slug}/retention-replays`;
  const answer = await ApiClient.of(call).post(path, body, ReplayAnswer);
  if (format === 'json') io.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  else if (format === 'ndjson') {
    for (const line of linesOf(answer)) io.stdout.write(`${JSON.stringify(line)}\n`);
  } else io.stdout.write(describeReplay(answer, colorsOf(options, io)));
  const isRefused = options['fail-on-regret'] === true && answer.regrets.length > 0;
  return isRefused ? EXIT.refused : EXIT.ok;
}

function daysOf(text = `${USUAL_DAYS}`): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= MOST_DAYS) return days;
  throw new UsageError(
    `--days is ${JSON.stringify(text)}; allowed: a whole number from 1 to ${MOST_DAYS}`,
  );
}

const Mapping = z.record(z.string(), z.unknown());

/** Checked here, so that faults have a line and a column; sent as it is written. */
async function readPolicy(
  file: string | undefined,
  io: CommandIo,
): Promise<Readonly<Record<string, unknown>>> {
  if (file === undefined) throw new UsageError('retention replay needs --policy FILE');
  const { name, text } = await readGivenFile(file, io);
  parsePolicy(text, name);
  const given = Mapping.parse(parse(text, { merge: true }) ?? {});
  if (!('policy' in given)) return given;
  if ('rules' in given) {
    io.stderr.write(`${name}: rules are left out, the service has those of the repository\n`);
  }
  return Mapping.parse(given['policy']);
}

/** What is known of the whole first, then one line for each regret, deletion and day. */
function linesOf(answer: ReplayAnswer): readonly unknown[] {
  const { regrets, deleted, days, ...head } = answer;
  return [
    head,
    ...regrets.map((regret) => ({ regret })),
    ...deleted.map((deletion) => ({ deletion })),
    ...days.map((day) => ({ day })),
  ];
}
