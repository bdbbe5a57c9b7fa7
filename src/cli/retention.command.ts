import { type Command, type CommandCall, UsageError } from './command';
import { runEvaluate } from './retention-evaluate';

const HELP = `Usage: tagward retention evaluate --policy FILE --inventory FILE [--now TIME]

Tries a retention policy on a repository that is described in a file. Needs no server, and deletes
nothing: this is the evaluation that the service uses.

Options
      --policy FILE     YAML with one policy, as under retention.policies.<name>; or with policy
                        beside rules, which has the keys of one entry of repositories
      --inventory FILE  JSON with the tags of a repository and what is on record about them;
                        - is standard input
      --now TIME        the time that ages are counted to, such as 2026-06-01T00:00:00Z
`;

export const retentionCommand: Command = {
  name: 'retention',
  summary: 'what a retention policy would let go',
  help: HELP,
  options: {
    policy: { type: 'string' },
    inventory: { type: 'string' },
    now: { type: 'string' },
  },
  mostOperands: 1,
  run: runRetention,
};

function runRetention(call: CommandCall): Promise<number> {
  const [action] = call.operands;
  if (action === 'evaluate') return runEvaluate(call);
  const found = action === undefined ? 'nothing' : JSON.stringify(action);
  throw new UsageError(
    `retention needs evaluate, and found ${found}; see tagward retention --help`,
  );
}
