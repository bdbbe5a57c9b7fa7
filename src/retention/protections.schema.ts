import { z } from 'zod';
import {
  type Digest,
  isDigest,
  NAME_PATTERNS,
  repositoryOfSlug,
  type RepositoryName,
} from '../core/names';
import { Time } from '../http/answers.schema';
import { Rfc3339 } from '../http/time';

const MOST_FAULTS = 5;

export const PinRequest = z.strictObject({
  reason: z.string().trim().min(1, 'say why').max(1000).meta({ pattern: '\\S' }),
  expiresAt: Rfc3339.optional(),
});
export type PinRequest = z.infer<typeof PinRequest>;

export const PinAnswer = z.object({
  repository: z.string(),
  target: z.string(),
  kind: z.enum(['tag', 'digest']),
  reason: z.string(),
  by: z.string(),
  createdAt: Time,
  expiresAt: Time.nullable(),
});
export type PinAnswer = z.infer<typeof PinAnswer>;

export const PinsAnswer = z.object({ items: z.array(PinAnswer) });
export type PinsAnswer = z.infer<typeof PinsAnswer>;

interface Fault {
  readonly path: (string | number)[];
  readonly message: string;
}

type Report = Readonly<Record<string, readonly string[]>>;

/** A report may have thousands of wrong names, and the answer to it names the first. */
export const InUseRequest = z.strictObject({
  repositories: z
    .record(z.string(), z.array(z.string().meta({ pattern: NAME_PATTERNS.digest })))
    .superRefine((report, context) => {
      for (const fault of firstFaultsIn(report)) context.addIssue({ code: 'custom', ...fault });
    })
    .transform(toDigests),
});
export type InUseRequest = z.infer<typeof InUseRequest>;

export const InUseAnswer = z.object({
  reporter: z.string(),
  reportedAt: Time,
  reportedBy: z.string(),
  repositories: z.number(),
  digests: z.number(),
});
export type InUseAnswer = z.infer<typeof InUseAnswer>;

export const InUseListAnswer = z.object({ items: z.array(InUseAnswer) });
export type InUseListAnswer = z.infer<typeof InUseListAnswer>;

export const ForgottenAnswer = z.object({ reporter: z.string() });
export type ForgottenAnswer = z.infer<typeof ForgottenAnswer>;

function firstFaultsIn(report: Report): readonly Fault[] {
  const faults: Fault[] = [];
  for (const fault of faultsIn(report)) {
    faults.push(fault);
    if (faults.length === MOST_FAULTS) break;
  }
  return faults;
}

function* faultsIn(report: Report): Generator<Fault> {
  for (const [slug, listed] of Object.entries(report)) {
    if (repositoryOfSlug(slug) === undefined) {
      const message = 'names no repository: write local/gallery/ui as local~gallery~ui';
      yield { path: [slug], message };
    }
    for (const [place, text] of listed.entries()) {
      if (isDigest(text)) continue;
      yield { path: [slug, place], message: 'must be sha256: and 64 hex digits in lower case' };
    }
  }
}

function toDigests(report: Report): ReadonlyMap<RepositoryName, readonly Digest[]> {
  const digests = new Map<RepositoryName, readonly Digest[]>();
  for (const [slug, listed] of Object.entries(report)) {
    const repository = repositoryOfSlug(slug);
    if (repository !== undefined) digests.set(repository, listed.filter(isDigest));
  }
  return digests;
}
