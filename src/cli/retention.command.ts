import { SERVER_HELP, SERVER_OPTIONS } from './api-client';
import { type Command, type CommandCall, UsageError } from './command';
import { runEvaluate } from './retention-evaluate';
import { runReplay } from './retention-replay';

const HELP = `Usage: tagward retention evaluate --policy FILE --inventory FILE [--now TIME]
       tagward retention replay --policy FILE --repository REPOSITORY [--days N] [--approve]

evaluate tries a retention policy on a repository that is described in a file. Needs no server, and
deletes nothing: this is the evaluation that the service uses.

replay runs a policy day by day over the recorded past of a repository, and lists what it would have
deleted that was moved to, restored, rolled back to or reported in use afterwards. Deletes nothing.

Options
      --policy FILE      YAML with one policy, as under retention.policies.<name>; or with policy
                         beside rules, which has the keys of one entry of repositories
      --inventory FILE   JSON with the tags of a repository and what is on record about them;
                         - is standard input
      --now TIME         the time that ages are counted to, such as 2026-06-01T00:00:00Z
      --repository NAME  such as local/gallery/ui
      --days N           how far back a replay goes, 1 to 365; 90
      --approve          plans that wait for a person are taken as approved
      --fail-on-regret   ends with 5 where something was needed that would have been deleted
${SERVER_HELP}`;

export const retentionCommand: Command = {
  name: 'retention',
  summary: 'what a retention policy would let go, or would have',
  help: HELP,
  options: {
    policy: { type: 'string' },
    inventory: { type: 'string' },
    now: { type: 'string' },
    ...SERVER_OPTIONS,
    days: { type: 'string' },
    approve: { type: 'boolean' },
    'fail-on-regret': { type: 'boolean' },
  },
  mostOperands: 1,
  run: runRetention,
};

function runRetention(call: CommandCall): Promise<number> {
  const [action] = call.operands;
  if (action === 'evaluate') return runEvaluate(call);
  if (action === 'replay') return runReplay(call);
  const found = action === undefined ? 'nothing' : JSON.stringify(action);
  throw new UsageError(
    `retention needs evaluate or replay, and found ${found}; see tagward retention --help`,
  );
}
