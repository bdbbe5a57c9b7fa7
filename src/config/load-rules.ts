import { z } from 'zod';
import type { RepositoryRules } from '../core/rules';
import { parseConfigDocument } from './config-document';
import { ConfigError } from './config-error';
import { checkRules, type RuleFields, ruleFields, toRules } from './repository-rules.schema';
import { allowedBy, findingsOf } from './schema-faults';
import { group } from './schema-parts';

/** Rules in a file of their own. */
export const rulesFile = group({
  ...ruleFields,
  match: z.string('a pattern').optional().meta({ description: 'Pattern of the entry; not used.' }),
}).superRefine(checkRules);

/** Rules as JSON, with the keys of one `repositories` entry. */
export const RulesBody = group(ruleFields).superRefine(checkRules);

/**
 * Reads rules from YAML with the keys of one `repositories` entry; an empty text gives the
 * defaults. Throws one {@link ConfigError} with every fault, each with line and column.
 */
export function parseRules(text: string, file: string): RepositoryRules {
  const document = parseConfigDocument(text, file);
  const parsed = rulesFile.safeParse(document.value ?? {}, { error: allowedBy });
  const findings = findingsOf(parsed.error?.issues ?? [], document.value);
  const faults = [...document.faults, ...findings.map((finding) => document.faultOf(finding))];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const { match: _, ...fields } = parsed.data;
  return toRules(fields satisfies RuleFields);
}
