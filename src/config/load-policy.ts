import type { z } from 'zod';
import type { RetentionPolicy } from '../core/retention-policy';
import { DEFAULT_RULES, type RepositoryRules } from '../core/rules';
import { parseConfigDocument } from './config-document';
import { ConfigError } from './config-error';
import { rulesFile } from './load-rules';
import { type RuleFields, toRules } from './repository-rules.schema';
import { retentionPolicy, toPolicy } from './retention-policy.schema';
import { allowedBy, findingsOf } from './schema-faults';
import { group } from './schema-parts';

const policyWithRules = group({ policy: retentionPolicy, rules: rulesFile.nullish() });

/** A policy to be tried, and the rules of the repository that it is tried on. */
export interface TriedPolicy {
  readonly policy: RetentionPolicy;
  readonly rules: RepositoryRules;
}

/** The name of a policy that comes without one. */
const UNNAMED = 'policy';

/**
 * Reads a policy from YAML: the value under `policies.<name>`, or `policy` beside `rules`, which has
 * the keys of one `repositories` entry. Throws one {@link ConfigError} with every fault, each with
 * line and column.
 */
export function parsePolicy(text: string, file: string): TriedPolicy {
  const document = parseConfigDocument(text, file);
  const schema = hasRules(document.value) ? policyWithRules : policyAlone;
  const parsed = schema.safeParse(document.value ?? {}, { error: allowedBy });
  const findings = findingsOf(parsed.error?.issues ?? [], document.value);
  const faults = [...document.faults, ...findings.map((finding) => document.faultOf(finding))];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const { policy, rules } = parsed.data;
  return {
    policy: toPolicy(UNNAMED, policy),
    rules: rules ? rulesOf(rules) : DEFAULT_RULES,
  };
}

const policyAlone = retentionPolicy.transform((policy) => ({ policy, rules: undefined }));

/** A policy has `rules` as well, but no key `policy`. */
function hasRules(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'policy' in value;
}

function rulesOf(given: z.output<typeof rulesFile>): RepositoryRules {
  const { match: _, ...fields } = given;
  return toRules(fields satisfies RuleFields);
}
