import { z } from 'zod';
import { Time } from '../http/answers.schema';
import { RepositoryField } from '../http/fields';
import { PageQuery } from '../http/page';
import { Rfc3339 } from '../http/time';
import { AUDIT_KINDS } from './audit-record.entity';

export const AuditRecordAnswer = z.object({
  id: z.number(),
  kind: z.enum(AUDIT_KINDS),
  at: Time,
  /** Of the last one that was counted. */
  until: Time,
  count: z.number(),
  actor: z.string(),
  address: z.string().nullable(),
  method: z.string(),
  route: z.string(),
  repository: z.string().nullable(),
  target: z.string().nullable(),
  status: z.number(),
  code: z.string().nullable(),
  requestId: z.string().nullable(),
});
export type AuditRecordAnswer = z.infer<typeof AuditRecordAnswer>;

export const AuditQuery = PageQuery.extend({
  kind: z.enum(AUDIT_KINDS).optional(),
  actor: z.string().max(200).optional(),
  repository: RepositoryField.optional(),
  since: Rfc3339.optional(),
  until: Rfc3339.optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
