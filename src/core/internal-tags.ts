import { type Digest, parseTagName, type TagName } from './names';

/** Tags that Tagward writes for itself: nobody decides, counts or records them. */
const INTERNAL = /^tagward-(?:restore|probe)-/;

export function isInternalTag(tag: string): boolean {
  return INTERNAL.test(tag);
}

/** The one tag that keeps a digest restorable: `tagward-restore-sha256-<64 hex>`. */
export function restoreTagOf(digest: Digest): TagName {
  return parseTagName(`tagward-restore-${digest.replace(':', '-')}`);
}
