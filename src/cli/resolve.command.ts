import { parseRules } from '../config/load-rules';
import { type InferredRules, inferRules } from '../core/infer-rules';
import { resolveTags } from '../core/resolve';
import type { RepositoryRules } from '../core/rules';
import { type Command, type CommandCall, type CommandIo, EXIT } from './command';
import { outputFormatOf, textOption } from './command-line';
import {
  colorsOf,
  type GivenText,
  readBoth,
  readFile,
  readGivenFile,
  timeOption,
} from './given-files';
import { type ListingInput, parseListing } from './listing';
import { printResolution } from './resolution-output';
import { rulesYaml } from './rules-text';

const HELP = `Usage: tagward resolve [--rules FILE] [--now TIME] [FILE|-]

What the moving tags of a repository should be, from a list of its tags. Needs no server.

Reads FILE, or standard input: one tag a line, as crane ls prints them, or one JSON object a line,
  {"tag": "2.1.106", "digest": "sha256:…", "prerelease": false, "publishedAt": "…",
   "platforms": ["linux/amd64"], "withdrawn": "reason"}
with tag alone required; {"hold": "2.1", "to": "2.1.100", "expiresAt": "…"} is a hold.

Options
      --rules FILE     YAML with the keys of one entry of repositories; without it the rules are
                       inferred from the tags and shown on standard error
      --now TIME       the time that soaks and holds are compared with, such as 2026-07-03T10:00:00Z
`;

export const resolveCommand: Command = {
  name: 'resolve',
  summary: 'what the moving tags should be, from a list of tags',
  help: HELP,
  options: { rules: { type: 'string' }, now: { type: 'string' } },
  mostOperands: 1,
  run: runResolve,
};

async function runResolve({ options, operands: [file], io }: CommandCall): Promise<number> {
  const format = outputFormatOf(options);
  const now = timeOption(textOption(options, 'now'), '--now') ?? io.now();
  const rulesFile = textOption(options, 'rules');
  const input = await readInput(file, io);
  const [given, listing] = readBoth(
    () => (rulesFile === undefined ? undefined : parseRules(readFile(rulesFile), rulesFile)),
    () => parseListing(input.text, input.name),
  );
  const rules = given ?? announceInferred(listing, io);
  const resolution = resolveTags({ ...listing, rules, now });
  const colors = colorsOf(options, io);
  printResolution({ ...resolution, rules }, { format, colors, output: io.stdout });
  return EXIT.ok;
}

async function readInput(file: string | undefined, io: CommandIo): Promise<GivenText> {
  const isStdin = file === undefined || file === '-';
  if (isStdin && io.stdin.isTTY === true) {
    io.stderr.write('reading tags from standard input, one a line\n');
  }
  return readGivenFile(file ?? '-', io);
}

function announceInferred({ tags }: ListingInput, { stderr }: CommandIo): RepositoryRules {
  const inferred = inferRules(tags.map(({ tag }) => tag));
  stderr.write(`${describeInferred(inferred)}\n${rulesYaml(inferred.rules)}\n`);
  return inferred.rules;
}

function describeInferred({ fitting, versions }: InferredRules): string {
  const fit = versions === 1 ? '1 version tag' : `${versions} version tags`;
  return `# Rules inferred from the tags: ${fitting} of ${fit} fit. To change them, save them and pass --rules.`;
}
