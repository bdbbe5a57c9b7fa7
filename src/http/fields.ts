import { z } from 'zod';
import {
  isDigest,
  isRepositoryName,
  isTagName,
  parseDigest,
  parseRepositoryName,
  parseTagName,
  NAME_PATTERNS,
} from '../core/names';

/** Fields that several requests share, checked against the grammar of the OCI specs. */

export const TagField = z
  .string()
  .refine(isTagName, {
    error: 'must be 1 to 128 letters, digits, "_", "." and "-", not beginning with "." or "-"',
    abort: true,
  })
  .meta({ pattern: NAME_PATTERNS.tag })
  .transform(parseTagName);

/** A tag as a pipeline names it: build metadata may follow a `+`, which no tag can have (rule P7). */
export const AnnouncedTagField = z
  .string()
  .max(256)
  .refine((text) => !text.endsWith('+') && isTagName(text.replace('+', '_')), {
    error:
      'must be 1 to 128 letters, digits, "_", "." and "-", not beginning with "." or "-"; build metadata may follow a "+"',
  })
  .meta({ pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\\+[A-Za-z0-9._-]+)?$', maxLength: 128 });

export const DigestField = z
  .string()
  .refine(isDigest, { error: 'must be sha256: and 64 hex digits in lower case', abort: true })
  .meta({ pattern: NAME_PATTERNS.digest })
  .transform(parseDigest);

export const RepositoryField = z
  .string()
  .refine(isRepositoryName, {
    error: 'must be <registry id>/<path>, such as local/gallery/ui',
    abort: true,
  })
  .meta({ pattern: NAME_PATTERNS.repository })
  .transform(parseRepositoryName);
