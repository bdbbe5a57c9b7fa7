import { randomBytes } from 'node:crypto';
import type { Capability } from '../core/capabilities';
import type { DeleteSupport, DeletionCapabilities } from '../core/deletion';
import { type Digest, isDigest, parseDigest, parseTagName, type TagName } from '../core/names';
import type { Answer } from './answer';
import { readErrorCodes } from './answers.schema';
import { isWebPage, unexpected } from './manifests';
import { RegistryError } from './registry-error';
import type { RegistryTransport } from './registry-transport';
import { isNotOffered, isUnknownRepository } from './status-errors';

const DELETED = new Set([200, 202, 204]);
/** What is no longer proven when a registry takes no delete of this kind any more. */
const ABOUT = {
  tag: ['tagDelete', 'tagDeleteLeavesOthers'],
  digest: ['digestDelete'],
} as const satisfies Record<string, readonly Capability[]>;

/**
 * Deletes one tag, or a manifest with all its tags, with retries. A repeated delete that finds
 * nothing counts as this one's work when the outcome of an earlier try was open.
 */
export async function deleteReference(
  transport: RegistryTransport,
  path: string,
  reference: TagName | Digest,
): Promise<'deleted' | 'absent'> {
  let open = false;
  return transport.retrying(async () => {
    const answer = await sendDelete(transport, path, reference).catch((error: unknown) => {
      open ||= error instanceof RegistryError && error.code !== 'rate-limited';
      throw error;
    });
    if (DELETED.has(answer.status)) {
      if (isWebPage(answer)) throw unexpected(transport, answer, 'a web page');
      return 'deleted';
    }
    if (answer.status === 404) return open ? 'deleted' : 'absent';
    if (isNotOffered(answer) || isDigestWanted(answer)) {
      for (const one of ABOUT[isDigest(reference) ? 'digest' : 'tag']) {
        transport.capabilities.doubt(one);
      }
    }
    if (isDigestWanted(answer)) throw unsupported(transport, answer);
    throw transport.statusError(answer);
  });
}

/**
 * What is known, or else what a probe shows; `fresh` probes in any case. A probe writes nothing. A
 * registry that was seen to take other tags along is not one that deletes tags.
 */
export async function findDeletion(
  transport: RegistryTransport,
  path: string,
  { fresh = false }: { readonly fresh?: boolean } = {},
): Promise<DeletionCapabilities> {
  const known = await transport.capabilities.all();
  const { tagDelete, digestDelete, tagDeleteLeavesOthers } = known;
  const isKnown = !fresh && tagDelete !== 'unproven' && digestDelete !== 'unproven';
  const found = isKnown ? { tagDelete, digestDelete } : await probeDeletion(transport, path);
  const isUnsafe = found.tagDelete === 'works' && tagDeleteLeavesOthers === 'takes-others';
  const provider = transport.registry.provider !== undefined;
  return { ...found, ...(isUnsafe && { tagDelete: 'unproven' as const }), provider };
}

/** Deletes two names that nobody has: what the registry says to that tells what it can delete. */
async function probeDeletion(
  transport: RegistryTransport,
  path: string,
): Promise<Omit<DeletionCapabilities, 'provider'>> {
  const tag = parseTagName(`tagward-probe-${randomBytes(16).toString('hex')}`);
  const digest = parseDigest(`sha256:${randomBytes(32).toString('hex')}`);
  const [tagDelete, digestDelete] = await Promise.all([
    probe(transport, path, tag),
    probe(transport, path, digest),
  ]);
  await take(transport, 'tagDelete', tagDelete);
  await take(transport, 'digestDelete', digestDelete);
  return { tagDelete, digestDelete };
}

/** What was proven once counts no more when another look does not show it. */
async function take(
  { capabilities }: RegistryTransport,
  capability: 'tagDelete' | 'digestDelete',
  support: DeleteSupport,
): Promise<void> {
  if (isConclusive(support)) await capabilities.learn(capability, support);
  else capabilities.doubt(capability);
}

/** `denied` is about the account and this repository, `unproven` about nothing. */
function isConclusive(
  support: DeleteSupport,
): support is Exclude<DeleteSupport, 'denied' | 'unproven'> {
  return support !== 'denied' && support !== 'unproven';
}

async function probe(
  transport: RegistryTransport,
  path: string,
  reference: TagName | Digest,
): Promise<DeleteSupport> {
  try {
    return supportOf(await transport.retrying(() => sendDelete(transport, path, reference)));
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'unauthorized') return 'denied';
    throw error;
  }
}

function supportOf(answer: Answer): DeleteSupport {
  // Whether it can delete in a repository that it does not know is not said by a 404.
  if (isUnknownRepository(answer) || isWebPage(answer)) return 'unproven';
  if (answer.status === 404) return 'works';
  if (answer.status === 403) return 'denied';
  if (answer.status === 405) return 'disabled';
  if (isDigestWanted(answer)) return 'unsupported';
  if (!isNotOffered(answer)) return 'unproven';
  // Harbor knows tags and refuses to delete them here; Distribution 2.8 takes them for bad digests.
  return isAboutTag(answer) ? 'own-api' : 'unsupported';
}

/** Distribution 2.8 knows deletes by digest only, and says of a tag that it is a bad digest. */
function isDigestWanted(answer: Answer): boolean {
  const { status, body } = answer;
  return isAboutTag(answer) && status === 400 && readErrorCodes(body).includes('DIGEST_INVALID');
}

function isAboutTag({ url }: Answer): boolean {
  return !url.pathname.includes('sha256:');
}

function unsupported(transport: RegistryTransport, answer: Answer): RegistryError {
  const sentence = `Registry ${transport.registry.id} does not delete single tags (${answer.status}).`;
  return new RegistryError('unsupported', sentence, {
    status: answer.status,
    registryCodes: readErrorCodes(answer.body),
  });
}

function sendDelete(
  transport: RegistryTransport,
  path: string,
  reference: TagName | Digest,
): Promise<Answer> {
  return transport.request({
    method: 'DELETE',
    url: transport.urlOf(path, `manifests/${reference}`),
    access: { path, action: 'delete' },
    cap: { bytes: transport.tuning.maxErrorBytes, over: 'cut' },
  });
}
