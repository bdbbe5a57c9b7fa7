import { z } from 'zod';
import { DecisionAnswer } from '../http/answers.schema';
import { DigestField, RepositoryField, TagField } from '../http/fields';

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
