import { createHash, randomBytes } from 'node:crypto';
import { configJsonSchema } from '../config/config-json-schema';
import { configPathOf } from '../config/environment';
import { loadSettings } from '../config/load-settings';
import { suggest } from '../config/suggestion';
import { type Command, type CommandCall, EXIT, UsageError } from './command';
import { printAnswer } from './printed-answer';

const HELP = `Usage: tagward config validate [FILE]
       tagward config schema
       tagward config token

validate   reads a configuration as the service would and tells every fault with line and column;
           without FILE the one in TAGWARD_CONFIG, or ./tagward.yaml. tagward doctor --pre says more.
schema     prints the JSON Schema of the configuration, for editors
token      makes an API token, and the tokenHash under which the configuration knows it; the token
           itself is kept nowhere, so hand it on at once
`;

/** So that a token that turns up somewhere is known for one, by people and by scanners. */
const TOKEN_PREFIX = 'tgw_';
const TOKEN_BYTES = 32;

const ACTIONS: Readonly<Record<string, (call: CommandCall) => void>> = {
  validate: validateConfig,
  schema: ({ io }) => io.stdout.write(configJsonSchema()),
  token: makeToken,
};

export const configCommand: Command = {
  name: 'config',
  summary: 'checks a configuration, prints its schema, makes API tokens',
  help: HELP,
  options: {},
  mostOperands: 2,
  run: (call) => Promise.resolve(call).then(runConfig),
};

function runConfig(call: CommandCall): number {
  const [name = '', file] = call.operands;
  const action = ACTIONS[name];
  if (action === undefined) {
    throw new UsageError(`config ${name}: ${suggest(name, Object.keys(ACTIONS))}`);
  }
  if (file !== undefined && name !== 'validate') {
    throw new UsageError(`config ${name} does not take ${JSON.stringify(file)}`);
  }
  action(call);
  return EXIT.ok;
}

function validateConfig(call: CommandCall): void {
  const { operands, io } = call;
  const path = operands[1] ?? configPathOf(io.env);
  loadSettings({ path, env: io.env });
  const data = { path, valid: true };
  printAnswer(call, { data, lines: [data], table: () => `${path} has no fault\n` });
}

function makeToken(call: CommandCall): void {
  const token = TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
  const hash = `sha256:${createHash('sha256').update(token).digest('hex')}`;
  const data = { token, tokenHash: hash };
  const text = `token      ${token}\ntokenHash  ${hash}\n`;
  printAnswer(call, { data, lines: [data], table: () => text });
}
