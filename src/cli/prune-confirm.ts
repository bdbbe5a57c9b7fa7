import type { CommandIo } from './command';
import { tags } from './prune-output';

/** Asks a person at a terminal to type the number of deletions; anything else is a no. */
export async function isConfirmed(
  deletions: number,
  { stdin, stderr }: Pick<CommandIo, 'stdin' | 'stderr'>,
): Promise<boolean> {
  stderr.write(`Type ${deletions} to delete ${tags(deletions)}, anything else to leave them: `);
  const typed = await readLine(stdin);
  if (!typed.endsWith('\n')) stderr.write('\n');
  return typed.trim() === String(deletions);
}

/** With its end; empty when the input ends at once. */
async function readLine(stdin: CommandIo['stdin']): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += chunk.toString();
    if (text.includes('\n')) break;
  }
  return text.replace(/\n[^]*/, '\n');
}
