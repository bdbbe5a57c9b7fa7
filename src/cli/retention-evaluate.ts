import { parsePolicy } from '../config/load-policy';
import { evaluateRetention, type RetentionEvaluation } from '../core/retention';
import { type CommandCall, EXIT, UsageError } from './command';
import { outputFormatOf, textOption } from './command-line';
import { colorsOf, readBoth, readGivenFile, timeOption } from './given-files';
import { parseInventory, toRetentionInput } from './inventory';
import { printEvaluation } from './evaluation-output';

/** `tagward retention evaluate`: a policy on an inventory, with no server. Writes nothing. */
export async function runEvaluate({ options, io }: CommandCall): Promise<number> {
  const format = outputFormatOf(options);
  const policyFile = neededFile(textOption(options, 'policy'), '--policy');
  const inventoryFile = neededFile(textOption(options, 'inventory'), '--inventory');
  const given = timeOption(textOption(options, 'now'), '--now');
  const inventoryText = await readGivenFile(inventoryFile, io);
  const policyText = await readGivenFile(policyFile, io);
  const [{ policy, rules }, inventory] = readBoth(
    () => parsePolicy(policyText.text, policyText.name),
    () => parseInventory(inventoryText.text, inventoryText.name),
  );
  const now = given ?? inventory.now ?? io.now();
  const input = { ...toRetentionInput(inventory, rules, now), policy };
  const evaluation: RetentionEvaluation = evaluateRetention(input);
  printEvaluation(evaluation, { format, colors: colorsOf(options, io), output: io.stdout });
  return EXIT.ok;
}

function neededFile(file: string | undefined, option: string): string {
  if (file !== undefined) return file;
  throw new UsageError(`retention evaluate needs ${option} FILE`);
}
