import { isInForce } from './hold';
import type { Digest, TagName } from './names';
import type { Pin } from './pin';
import { causesOf } from './retention-graph';
import type { ProtectionInput, Protector } from './retention-protector';

/** Of several pins the one that holds longest is named. */
export function pins({ pins: all, inventory, now }: ProtectionInput): Protector {
  const inForce = all.filter((pin) => isInForce(pin, now)).sort(comparePins);
  const byTag = new Map<TagName, Pin>();
  const digests: { readonly digest: Digest; readonly cause: Pin }[] = [];
  for (const pin of inForce) {
    const { target } = pin;
    if (target.kind === 'digest') digests.push({ digest: target.digest, cause: pin });
    else if (!byTag.has(target.tag)) byTag.set(target.tag, pin);
  }
  const byDigest = causesOf(digests, inventory.manifests);
  return ({ tag, digest }) => {
    const pin = byTag.get(tag) ?? byDigest.get(digest);
    if (pin === undefined) return undefined;
    const until = pin.expiresAt === null ? '' : ` until ${new Date(pin.expiresAt).toISOString()}`;
    return { code: 'pinned', text: `kept: pinned${until}: ${pin.reason}` };
  };
}

function comparePins(left: Pin, right: Pin): number {
  const [leftEnd, rightEnd] = [left.expiresAt ?? Infinity, right.expiresAt ?? Infinity];
  if (leftEnd !== rightEnd) return rightEnd > leftEnd ? 1 : -1;
  return left.reason < right.reason ? -1 : Number(left.reason > right.reason);
}

/** What runs protects every tag from which it can be reached; the first reporter by name is named. */
export function digestsInUse({ inUse, inventory }: ProtectionInput): Protector {
  const reports = [...inUse].sort((left, right) => (left.reporter < right.reporter ? -1 : 1));
  const reporters = causesOf(
    reports.flatMap(({ reporter, digests }) =>
      digests.map((digest) => ({ digest, cause: reporter })),
    ),
    inventory.manifests,
  );
  return ({ digest }) => {
    const reporter = reporters.get(digest);
    if (reporter === undefined) return undefined;
    return { code: 'in-use', text: `kept: in use, says ${reporter}` };
  };
}
