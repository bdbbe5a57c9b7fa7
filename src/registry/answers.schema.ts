import { z } from 'zod';
import { type Digest, isDigest, parseDigest } from '../core/names';

/** The code of a registry's error is shown to users, so it has to look like one. */
const RegistryCode = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/);

const ErrorBody = z.object({
  errors: z.array(z.object({ code: RegistryCode })).max(100),
});

const TagPage = z.object({ tags: z.array(z.string()).nullable() });

/** Of a manifest only its own media type is read; the bytes are never written from the parsed form. */
const ManifestBody = z.looseObject({ mediaType: z.string().optional() });
export type ManifestBody = z.infer<typeof ManifestBody>;

const IndexBody = z.object({
  manifests: z
    .array(
      z.object({
        digest: z.string().refine(isDigest),
        mediaType: z.string(),
        artifactType: z.string().optional().catch(undefined),
      }),
    )
    .nullish(),
});

export interface IndexEntry {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
}

const Descriptor = z.object({
  digest: z.string().refine(isDigest).transform(parseDigest),
  mediaType: z.string().optional().catch(undefined),
  urls: z.array(z.string()).optional().catch(undefined),
});

const PartsBody = z.object({
  manifests: z.array(Descriptor).nullish(),
  config: Descriptor.nullish(),
  layers: z.array(Descriptor).nullish(),
});

/** One thing that a manifest refers to. */
export interface Descriptor {
  readonly digest: Digest;
  readonly mediaType?: string | undefined;
  /** Where else it may be got. */
  readonly urls?: readonly string[] | undefined;
}

/** What a manifest is made of; an index has no blobs, an image lists no manifests. */
export interface ManifestParts {
  readonly manifests: readonly Descriptor[];
  readonly config: Descriptor | undefined;
  readonly layers: readonly Descriptor[];
}

/** Visible ASCII, since it goes into a header. */
const TokenText = z.string().regex(/^[\x21-\x7e]+$/);

const TokenBody = z.object({
  token: TokenText.optional().catch(undefined),
  access_token: TokenText.optional().catch(undefined),
  expires_in: z.number().positive().optional().catch(undefined),
  issued_at: z.string().optional().catch(undefined),
});

export interface IssuedToken {
  readonly token: string;
  readonly expiresInMs: number | undefined;
  /** UTC milliseconds by the clock of the token endpoint. */
  readonly issuedAt: number | undefined;
}

/** The codes of a registry's error body. Any body is possible: HTML and plain text hold none. */
export function readErrorCodes(body: Buffer): readonly string[] {
  const parsed = ErrorBody.safeParse(parseJson(body));
  return parsed.success ? parsed.data.errors.map(({ code }) => code) : [];
}

/** The tags of one page of a listing; undefined when the body is not one. `null` is an empty page. */
export function readTagPage(body: Buffer): readonly string[] | undefined {
  const parsed = TagPage.safeParse(parseJson(body));
  return parsed.success ? (parsed.data.tags ?? []) : undefined;
}

/** The entries of an index, none of an image; undefined when they cannot be read. */
export function readIndexEntries(body: Buffer): readonly IndexEntry[] | undefined {
  const parsed = IndexBody.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  return (parsed.data.manifests ?? []).flatMap(({ digest, mediaType, artifactType }) =>
    isDigest(digest) ? [{ digest, mediaType, artifactType }] : [],
  );
}

/** The parts of a manifest of any kind; undefined when they cannot be read. */
export function readManifestParts(body: Buffer): ManifestParts | undefined {
  const parsed = PartsBody.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  const { manifests, config, layers } = parsed.data;
  return { manifests: manifests ?? [], config: config ?? undefined, layers: layers ?? [] };
}

/** Undefined when the body is no JSON object. */
export function readManifestBody(body: Buffer): ManifestBody | undefined {
  const parsed = ManifestBody.safeParse(parseJson(body));
  return parsed.success ? parsed.data : undefined;
}

/** Undefined when the body holds no usable token. The parser's words are dropped: they may quote it. */
export function readToken(body: Buffer): IssuedToken | undefined {
  const parsed = TokenBody.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  const { token, access_token, expires_in, issued_at } = parsed.data;
  const text = token ?? access_token;
  if (text === undefined) return undefined;
  const issuedAt = Date.parse(issued_at ?? '');
  return {
    token: text,
    expiresInMs: expires_in === undefined ? undefined : expires_in * 1_000,
    issuedAt: Number.isNaN(issuedAt) ? undefined : issuedAt,
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // No schema accepts undefined: the reader's own answer says that the body is unusable.
    return undefined;
  }
}
