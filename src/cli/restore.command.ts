import { z } from 'zod';
import { isDigest, isTagName } from '../core/names';
import { ApiClient, CALL_OPTIONS, repositoryOf, sameServer, SERVER_HELP } from './api-client';
import { type Command, type CommandCall, EXIT, type OptionValues, UsageError } from './command';
import { outputFormatOf, textOption } from './command-line';
import { printAnswer } from './printed-answer';
import type { GivenRepository } from './prune-request';
import { harmlessIn, shellWord } from './server-text';
import { tableOf } from './table';

const HELP = `Usage: tagward restore REPOSITORY
       tagward restore REPOSITORY TAG [--digest DIGEST] [--force] [--reason TEXT]

Lists what retention has let go and can still be restored, or brings a tag back: the same bytes, and
every manifest and blob below them is looked at. Ends with 1 when the registry has lost some of them
or all, and with 5 when the tag stands on something else by now.

Options
      --digest DIGEST    what to restore the tag to; what it pointed at last
      --force            puts it back although it stands on something else by now
      --reason TEXT      why; recorded
${SERVER_HELP}`;

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'brings a pruned tag back, or lists what can be',
  help: HELP,
  options: {
    ...CALL_OPTIONS,
    digest: { type: 'string' },
    force: { type: 'boolean' },
    reason: { type: 'string' },
  },
  mostOperands: 2,
  run: runRestore,
};

const Restorable = z.looseObject({
  digest: z.string(),
  tags: z.array(z.string()),
  restoreTag: z.string(),
  untilAt: z.string(),
});
type Restorable = z.infer<typeof Restorable>;
const RestorableList = z.array(Restorable);
const Status = z.object({ restorable: RestorableList });

const Restored = z.looseObject({
  tag: z.string(),
  digest: z.string(),
  /** Of the move; null when the tag was there already. */
  sequence: z.number().nullable(),
  verified: z.looseObject({ whole: z.boolean(), missing: z.array(z.string()) }),
});
type Restored = z.infer<typeof Restored>;

async function runRestore(call: CommandCall): Promise<number> {
  const { options, operands } = call;
  outputFormatOf(options);
  const repository = repositoryOf(operands[0], 'restore');
  const tag = operands[1];
  if (tag !== undefined) return restore(call, repository, tag);
  const stray = ['digest', 'force', 'reason'].find((name) => options[name] !== undefined);
  if (stray === undefined) return list(call, repository);
  throw new UsageError(`--${stray} needs a tag: tagward restore ${repository.repository} TAG`);
}

async function list(call: CommandCall, { repository, slug }: GivenRepository): Promise<number> {
  const path = `repositories/${slug}/retention`;
  const { restorable } = await ApiClient.of(call).ask({ method: 'GET', path, schema: Status });
  printAnswer(call, {
    data: { restorable },
    lines: restorable,
    table: (colors) => {
      const shown = RestorableList.parse(harmlessIn(restorable));
      return describeList(repository, shown, colors);
    },
  });
  return EXIT.ok;
}

function describeList(
  repository: string,
  restorable: readonly Restorable[],
  colors: boolean,
): string {
  if (restorable.length === 0) return `Nothing of ${repository} waits to be restored.\n`;
  const rows = restorable.map(({ tags, untilAt, digest }) => [
    { text: tags.length === 0 ? '-' : tags.join(', ') },
    { text: untilAt },
    { text: digest },
  ]);
  return tableOf(['TAGS', 'UNTIL', 'DIGEST'], rows, colors);
}

async function restore(call: CommandCall, given: GivenRepository, tag: string): Promise<number> {
  const { options } = call;
  const digest = textOption(options, 'digest');
  const reason = textOption(options, 'reason');
  refuseNames(tag, digest);
  const restored = await ApiClient.of(call).ask({
    method: 'POST',
    path: `repositories/${given.slug}/tags/${encodeURIComponent(tag)}/restorations`,
    body: { digest, reason, ...(options['force'] === true ? { force: true } : {}) },
    schema: Restored,
    advice: adviceFor(given.repository, tag, options),
  });
  printAnswer(call, {
    data: restored,
    lines: [restored],
    table: () => describe(given.repository, Restored.parse(harmlessIn(restored)), options),
  });
  return restored.verified.whole ? EXIT.ok : EXIT.failure;
}

function refuseNames(tag: string, digest: string | undefined): void {
  if (!isTagName(tag)) {
    const grammar = '1 to 128 letters, digits, "_", "." and "-", not beginning with "." or "-"';
    throw new UsageError(`${JSON.stringify(tag)} is no legal tag: ${grammar}`);
  }
  if (digest === undefined || isDigest(digest)) return;
  const allowed = 'sha256: and 64 hex digits in lower case';
  throw new UsageError(`--digest is ${JSON.stringify(digest)}; allowed: ${allowed}`);
}

function adviceFor(
  repository: string,
  tag: string,
  options: OptionValues,
): Readonly<Record<string, string>> {
  const digest = textOption(options, 'digest');
  const wanted = digest === undefined ? '' : ` --digest ${digest}`;
  const server = sameServer(options);
  return {
    'tag-exists': `To put it back all the same: tagward restore ${repository} ${tag}${wanted} --force${server}`,
    'restore-window-over': `Push it again, or restore another digest of the tag with --digest; what is left: tagward restore ${repository}${server}`,
    'tag-not-present': `What can be restored: tagward restore ${repository}${server}`,
  };
}

function describe(
  repository: string,
  { tag, digest, sequence, verified: { whole, missing } }: Restored,
  options: OptionValues,
): string {
  const server = sameServer(options);
  const head = `${tag} of ${repository} ${sequence === null ? 'stands on' : 'is back on'} ${digest}${sequence === null ? ' already' : ''}.\n`;
  if (!whole) {
    const lost = missing.map((one) => `  ${one}\n`).join('');
    return `${head}It cannot be pulled whole, the registry has lost ${missing.length} of its manifests and blobs:\n${lost}Build and push it again.\n`;
  }
  const pin = `tagward pin ${repository} ${shellWord(tag)} --reason 'why'${server}`;
  return `${head}Everything that the image needs is there.\nThe next run may let it go again; to keep it: ${pin}\n`;
}
