import { z } from 'zod';
import { RulesBody } from '../config/load-rules';
import { DecisionAnswer, ReasonAnswer, TargetAnswer, Time } from '../http/answers.schema';
import { DigestField, RepositoryField, TagField } from '../http/fields';
import { Rfc3339 } from '../http/time';

export const PlanRequest = z.strictObject({
  repository: RepositoryField,
  tag: TagField.optional(),
  digest: DigestField.optional(),
});
export type PlanRequest = z.infer<typeof PlanRequest>;

export const PlanAnswer = z.object({
  repository: z.string(),
  decisions: z.array(DecisionAnswer).readonly(),
  planHash: z.string(),
});
export type PlanAnswer = z.infer<typeof PlanAnswer>;

export const ReconciliationAnswer = z.object({
  repository: z.string(),
  status: z.literal('queued'),
});
export type ReconciliationAnswer = z.infer<typeof ReconciliationAnswer>;

const Reason = z.string().trim().min(1).max(500).meta({ pattern: '\\S' });

export const WithdrawalRequest = z.strictObject({ reason: Reason });
export type WithdrawalRequest = z.infer<typeof WithdrawalRequest>;

export const HoldRequest = z.strictObject({ reason: Reason, expiresAt: Rfc3339.optional() });
export type HoldRequest = z.infer<typeof HoldRequest>;

export const RollbackRequest = z.strictObject({
  to: z.union([DigestField, TagField]),
  reason: Reason,
  expiresAt: Rfc3339.optional(),
});
export type RollbackRequest = z.infer<typeof RollbackRequest>;

export const HoldAnswer = z.object({
  repository: z.string(),
  tag: z.string(),
  by: z.string(),
  reason: z.string(),
  expiresAt: Time.nullable(),
});
export type HoldAnswer = z.infer<typeof HoldAnswer>;

export const HoldsAnswer = z.object({ items: z.array(HoldAnswer) });
export type HoldsAnswer = z.infer<typeof HoldsAnswer>;

/** What followed from a person's decision; `pending` when the registry has to be waited for. */
export const InterventionAnswer = z.object({
  repository: z.string(),
  tag: z.string(),
  status: z.enum(['done', 'pending']),
  decisions: z.array(DecisionAnswer).readonly(),
});
export type InterventionAnswer = z.infer<typeof InterventionAnswer>;

export const AdoptionRequest = z.strictObject({ tags: z.array(TagField).min(1).optional() });
export type AdoptionRequest = z.infer<typeof AdoptionRequest>;

export const AdoptionAnswer = InterventionAnswer.omit({ tag: true });
export type AdoptionAnswer = z.infer<typeof AdoptionAnswer>;

export const RollbackAnswer = z.object({
  repository: z.string(),
  tag: z.string(),
  from: TargetAnswer.nullable(),
  to: TargetAnswer,
  hold: HoldAnswer,
});
export type RollbackAnswer = z.infer<typeof RollbackAnswer>;

export const BacktestRequest = z.strictObject({ rules: RulesBody });
export type BacktestRequest = z.infer<typeof BacktestRequest>;

export const BacktestAnswer = z.object({
  repository: z.string(),
  releases: z.number(),
  moves: z.number(),
  same: z.number(),
  differences: z.array(
    z.object({
      kind: z.enum(['would-not-have-moved', 'would-have-moved']),
      tag: z.string(),
      at: Time,
      release: z.string().nullable(),
      instead: z.string().nullable(),
      text: z
        .string()
        .meta({ example: 'latest would not have moved to 2.0.1, but stood on 3.0.0' }),
    }),
  ),
});
export type BacktestAnswer = z.infer<typeof BacktestAnswer>;

export const ImportRequest = z.strictObject({ repository: RepositoryField });
export type ImportRequest = z.infer<typeof ImportRequest>;

export const ImportAnswer = z.object({
  repository: z.string(),
  imported: z.boolean(),
  tags: z.number(),
  versions: z.number(),
  fitting: z.number(),
  suggestion: z.object({
    rules: z.record(z.string(), z.unknown()),
    versions: z.number(),
    fitting: z.number(),
  }),
  moving: z
    .array(
      z.object({
        tag: z.string(),
        release: z.string().nullable(),
        digest: z.string().nullable(),
        reason: ReasonAnswer,
        present: z.string().nullable().optional(),
        agrees: z.boolean().optional(),
      }),
    )
    .readonly(),
  skipped: z.array(z.object({ tag: z.string(), reason: ReasonAnswer })).readonly(),
});
export type ImportAnswer = z.infer<typeof ImportAnswer>;

const DeleteSupportAnswer = z.enum([
  ...(['works', 'unsupported', 'own-api', 'disabled', 'denied', 'unproven'] as const),
]);

const CapabilitiesAnswer = z.object({
  multiTag: z.enum(['works', 'unsupported', 'unproven']),
  tagDelete: DeleteSupportAnswer,
  /** Whether deleting a tag leaves the other tags of its digest. */
  tagDeleteLeavesOthers: z.enum(['works', 'takes-others', 'unproven']),
  digestDelete: DeleteSupportAnswer,
  referrers: z.enum(['works', 'unsupported', 'unproven']),
  paging: z.enum(['whole', 'link', 'last', 'unproven']),
});

export const RegistriesAnswer = z.object({
  items: z
    .array(
      z.object({
        id: z.string(),
        url: z.string(),
        capabilities: CapabilitiesAnswer,
        repositories: z.number(),
      }),
    )
    .readonly(),
});
export type RegistriesAnswer = z.infer<typeof RegistriesAnswer>;

export const DiagnosisRequest = z.strictObject({ repository: RepositoryField.optional() });
export type DiagnosisRequest = z.infer<typeof DiagnosisRequest>;

export const DiagnosisAnswer = z.object({
  id: z.string(),
  url: z.string(),
  repository: z.string().nullable(),
  checks: z
    .array(
      z.object({
        name: z.string().meta({ example: 'push' }),
        status: z.enum(['ok', 'warn', 'fail', 'unknown']),
        text: z.string().meta({ example: 'may write to gallery/ui' }),
        fix: z.string().optional(),
      }),
    )
    .readonly(),
  capabilities: CapabilitiesAnswer,
});
export type DiagnosisAnswer = z.infer<typeof DiagnosisAnswer>;
