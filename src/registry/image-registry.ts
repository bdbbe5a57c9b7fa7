import type { RegistryCapabilities } from '../core/capabilities';
import type { DeleteSupport, DeletionCapabilities } from '../core/deletion';
import type { Check } from '../core/diagnosis';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { RegistryError } from './registry-error';

/** What a HEAD says about a manifest. */
export interface ManifestDescriptor {
  readonly digest: Digest;
  /** Without parameters. */
  readonly mediaType: string;
}

/** A manifest as the registry sent it: the bytes are never re-serialised. */
export interface Manifest extends ManifestDescriptor {
  readonly bytes: Buffer;
}

/** Something that refers to a manifest by its `subject`, or by a tag that is named after it. */
export interface Referrer extends ManifestDescriptor {
  readonly artifactType: string | undefined;
  /** The tag that holds it, where that is named after its subject: `sha256-<hex>.sig`. */
  readonly tag: TagName | undefined;
}

/** What became of each tag of a write; every tag is in one of the two. */
export interface TagWrites {
  readonly written: ReadonlySet<TagName>;
  /** The errors say whether the outcome is open (`retryable`) or the tag is where it was. */
  readonly failed: ReadonlyMap<TagName, Error>;
}

/**
 * The OCI distribution API as far as Tagward needs it, for all configured registries.
 * Every method throws {@link RegistryError}, whose `retryable` says whether waiting can help;
 * what can be cured within seconds has been retried before that.
 */
export abstract class ImageRegistry {
  /** All tags, following every page; empty when the repository is unknown. Unsorted, no duplicates. */
  abstract listTags(repository: RepositoryName): Promise<readonly TagName[]>;

  /** What a tag or digest points at now; undefined when the registry does not have it. */
  abstract findManifest(
    repository: RepositoryName,
    reference: TagName | Digest,
  ): Promise<ManifestDescriptor | undefined>;

  /**
   * The manifest that a tag points at or that has a digest, resolved and read in one request. The
   * bytes are hashed: `digest` is theirs. Throws `manifest-unknown` when it is not there,
   * `digest-mismatch` when the bytes are not those of the digest asked for or of the answer's
   * `Docker-Content-Digest`.
   */
  abstract getManifest(repository: RepositoryName, reference: TagName | Digest): Promise<Manifest>;

  /**
   * Looks for everything that a manifest needs to be pulled: itself, its children at any depth,
   * their configurations and layers. Gives what the registry does not have, manifests and blobs;
   * empty when it is whole. Layers that lie elsewhere (`urls`, foreign and non-distributable ones)
   * are not looked for. It is the registry's word: one that remembers blobs may answer for bytes
   * that it lost. Throws `unexpected-answer` for a manifest whose parts cannot be read.
   */
  abstract verifyManifest(repository: RepositoryName, digest: Digest): Promise<readonly Digest[]>;

  /**
   * Points a tag at a manifest of the same repository. Safe to repeat: after an answer that leaves
   * the outcome open, the tag is looked at before the write is repeated.
   */
  abstract putManifest(repository: RepositoryName, tag: TagName, manifest: Manifest): Promise<void>;

  /**
   * Points tags at a manifest of the same repository, in as few requests as the registry takes: one
   * where it can put several tags at once, else one for each in parallel. Never throws for a tag:
   * one that fails does not keep the others back. No tags give empty outcomes and no request.
   */
  abstract putTags(
    repository: RepositoryName,
    tags: readonly TagName[],
    manifest: Manifest,
  ): Promise<TagWrites>;

  /**
   * What refers to a manifest: by the referrers API, else by the fallback tag, and by cosign's tags
   * (`sha256-<hex>.sig`, `.att`, `.sbom`) in either case. Empty when nothing does.
   */
  abstract listReferrers(repository: RepositoryName, digest: Digest): Promise<readonly Referrer[]>;

  /**
   * Deletes one tag and nothing else. `absent` when it was not there; what is gone after a try whose
   * outcome was open counts as `deleted`. Throws `unsupported`, also where other tags are known to
   * go along.
   */
  abstract deleteTag(repository: RepositoryName, tag: TagName): Promise<'deleted' | 'absent'>;

  /** A manifest that stands in for tags while they are deleted; made anew each time, written nowhere. */
  abstract makeDummy(): Manifest;

  /**
   * Ends a deletion for which tags were pointed at a dummy: deletes it, and with it every tag that
   * still stands on it. Where the registry refuses that, such tags are pointed at what they had
   * `before`, and the refusal is returned. Safe to repeat after a crash at any moment. Throws what
   * leaves the outcome open.
   */
  abstract finishDummy(
    repository: RepositoryName,
    dummy: Digest,
    before: ReadonlyMap<TagName, Manifest>,
  ): Promise<RegistryError | undefined>;

  /** Deletes a tag if it stands on a dummy that a crash left there; anything else stays. */
  abstract dropDummy(repository: RepositoryName, tag: TagName): Promise<void>;

  /** Deletes a manifest **and every tag that points at it**. `absent` when it was not there. */
  abstract deleteManifest(
    repository: RepositoryName,
    digest: Digest,
  ): Promise<'deleted' | 'absent'>;

  /**
   * Deletes manifests, their children at any depth and what refers to them, except what the `kept`
   * digests reach: pass those of every tag that stays, Tagward's own included. Everything is read
   * before the first delete; one manifest that cannot be read throws, and nothing is deleted. Gives
   * what was deleted, in order: an index before its children, a subject before its referrers.
   */
  abstract deleteUnreached(
    repository: RepositoryName,
    roots: readonly Digest[],
    kept: ReadonlySet<Digest>,
  ): Promise<readonly Digest[]>;

  /**
   * Looks at one registry: whether it can be reached, what the credential may do in a repository of
   * it, and what it can. Changes nothing there. Throws `registry-unknown` only: what is wrong with
   * the registry is in the checks.
   */
  abstract diagnose(id: string, repository?: RepositoryName): Promise<readonly Check[]>;

  /** What is known about the registry of a repository; asks it nothing. */
  abstract capabilities(repository: RepositoryName): Promise<RegistryCapabilities>;

  /**
   * Finds out what can be deleted in this repository, unless that is known; `fresh` asks in any
   * case. Changes nothing. A registry that {@link proveTagDelete} has seen to take other tags along
   * is one whose tag deletes are `unproven`.
   */
  abstract probeDeletion(
    repository: RepositoryName,
    options?: { readonly fresh?: boolean },
  ): Promise<DeletionCapabilities>;

  /**
   * Whether a DELETE of a tag deletes that tag alone, known for a day of the whole registry, else
   * found out by deleting one of two scratch tags of a scratch manifest in this repository. Writes
   * only where {@link probeDeletion} says that tags can be deleted, whose answer it gives otherwise.
   * `works` when it is proven, `unproven` when other tags go along or it cannot be tried. Nothing is
   * left of it but by a crash: see {@link dropScratch}.
   */
  abstract proveTagDelete(repository: RepositoryName): Promise<DeleteSupport>;

  /**
   * Deletes those of the tags that a crash in {@link proveTagDelete} has left, with their scratch
   * manifest; anything else stays. Only probe tags and those of the restore form are read, and as
   * long as anything is left, a probe tag (`tagward-probe-…`) is.
   */
  abstract dropScratch(repository: RepositoryName, tags: readonly TagName[]): Promise<void>;
}
