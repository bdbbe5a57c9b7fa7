import { z } from 'zod';
import { type Digest, isDigest, isTagName, type TagName } from '../core/names';

const TIME_ALLOWED = 'a time such as 2026-06-01T00:00:00Z';
const DIGEST_ALLOWED = 'sha256: and 64 hex digits in lower case';
const TAG_ALLOWED = 'a legal tag';
const REASON_ALLOWED = 'the reason in words';

const Time = z.iso
  .datetime({ offset: true, error: TIME_ALLOWED })
  .transform((text) => Date.parse(text));
const DigestText = z.custom<Digest>(
  (value) => typeof value === 'string' && isDigest(value),
  DIGEST_ALLOWED,
);
const TagText = z.custom<TagName>(
  (value) => typeof value === 'string' && isTagName(value),
  TAG_ALLOWED,
);

const Tag = z.strictObject({
  tag: TagText,
  digest: DigestText,
  lastMoved: Time.nullable(),
  lastPulled: Time.optional(),
  firstObserved: z.boolean().optional(),
});

const ManifestEntry = z.strictObject({
  digest: DigestText,
  children: z.array(DigestText, 'a list of digests').optional(),
  subject: DigestText.optional(),
  unreadable: z.boolean().optional(),
});

const expiresAt = Time.nullable().optional();
const PinEntry = z.union(
  [
    z.strictObject({ tag: TagText, reason: z.string(REASON_ALLOWED), expiresAt }),
    z.strictObject({ digest: DigestText, reason: z.string(REASON_ALLOWED), expiresAt }),
  ],
  { error: 'a group with tag or digest, reason, and expiresAt if it ends' },
);

const DIGEST_DELETES = [
  true,
  false,
  'delete-disabled',
  'delete-unproven',
  'delete-denied',
] as const;

/** The answer of `--inventory`: a repository as it stands, and what is on record about it. */
export const InventoryFile = z.strictObject({
  now: Time.optional(),
  registry: z
    .strictObject({
      tagDelete: z.boolean().default(true),
      digestDelete: z.literal(DIGEST_DELETES).default(true),
      immutable: z.boolean().default(false),
    })
    .optional(),
  tags: z.array(Tag, 'a list of tags'),
  manifests: z.array(ManifestEntry, 'a list of manifests').default([]),
  moves: z
    .array(z.strictObject({ tag: TagText, to: DigestText.nullable(), at: Time }), 'a list of moves')
    .default([]),
  pins: z.array(PinEntry, 'a list of pins').default([]),
  inUse: z
    .array(
      z.strictObject({
        reporter: z.string('the name of a reporter'),
        reportedAt: Time,
        digests: z.array(DigestText, 'a list of digests'),
      }),
      'a list of reports',
    )
    .default([]),
  ledgerTagCount: z.int('a whole number').min(0, 'a whole number').optional(),
});
export type InventoryFile = z.output<typeof InventoryFile>;
