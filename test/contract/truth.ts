import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { DeleteSupport } from '../../src/core/deletion';
import type { Digest } from '../../src/core/names';
import type { Manifest } from '../../src/registry/image-registry';
import type { ContractRepository } from './contract-repository';
import { tagsOf } from './helpers';
import { type RawAnswer, valuesOf } from './raw-registry';

const ErrorBody = z.object({ errors: z.array(z.object({ code: z.string() })) });
const TagPage = z.object({ tags: z.array(z.string()).nullable() });
const ReferrersBody = z.object({ manifests: z.array(z.object({ digest: z.string() })) });

/** What the registry does with one PUT for several tags. */
export async function rawMultiTag(
  repository: ContractRepository,
  manifest: Manifest,
  count: number,
): Promise<{
  readonly status: number;
  readonly named: readonly string[];
  readonly created: readonly string[];
}> {
  const tags = tagsOf(count, `raw${randomBytes(2).toString('hex')}.`);
  const query = tags.map((tag) => `tag=${encodeURIComponent(tag)}`).join('&');
  const answer = await repository.putAsIs(`manifests/${manifest.digest}?${query}`, manifest);
  const accepted = valuesOf(answer, 'oci-tag');
  const named = answer.status < 300 ? tags.filter((tag) => accepted.includes(tag)) : [];
  const digests = await repository.digestsAt(tags);
  const created = tags.filter((_, number) => digests[number] === manifest.digest);
  return { status: answer.status, named, created };
}

export interface RawDelete {
  readonly status: number;
  /** What is to be concluded from the answer. */
  readonly means: DeleteSupport;
}

/** What the registry says to a DELETE of a tag or digest that nobody has. */
export async function rawDelete(
  repository: ContractRepository,
  form: 'tag' | 'digest',
): Promise<RawDelete> {
  const hex = randomBytes(32).toString('hex');
  const reference = form === 'tag' ? `contract-probe-${hex.slice(0, 16)}` : `sha256:${hex}`;
  const answer = await repository.send('DELETE', `manifests/${reference}`);
  return { status: answer.status, means: meaningOf(answer, form) };
}

function meaningOf(answer: RawAnswer, form: 'tag' | 'digest'): DeleteSupport {
  switch (answer.status) {
    case 404:
      // A web page is a proxy's, and says nothing about the registry.
      if (valuesOf(answer, 'content-type').some((type) => type.includes('html'))) return 'unproven';
      return codesOf(answer).includes('NAME_UNKNOWN') ? 'unproven' : 'works';
    case 405:
      return 'disabled';
    case 401:
    case 403:
      return 'denied';
    case 400:
      return meaningOfBadRequest(codesOf(answer), form);
    default:
      return 'unproven';
  }
}

function meaningOfBadRequest(codes: readonly string[], form: 'tag' | 'digest'): DeleteSupport {
  if (codes.includes('UNSUPPORTED')) return form === 'tag' ? 'own-api' : 'unsupported';
  // A tag that is taken for a digest is not known as a tag.
  return form === 'tag' && codes.includes('DIGEST_INVALID') ? 'unsupported' : 'unproven';
}

/** The referrers API's own answer; undefined where there is none. */
export async function rawReferrers(
  repository: ContractRepository,
  digest: Digest,
): Promise<readonly string[] | undefined> {
  const answer = await repository.send('GET', `referrers/${digest}`);
  const parsed = ReferrersBody.safeParse(jsonOf(answer));
  if (answer.status !== 200 || !parsed.success) return undefined;
  return parsed.data.manifests.map((one) => one.digest);
}

/** How the registry lists `count` tags when nobody asks for pages. */
export async function rawPaging(
  repository: ContractRepository,
  count: number,
): Promise<'whole' | 'link' | 'last'> {
  const answer = await repository.send('GET', 'tags/list');
  if (valuesOf(answer, 'link').length > 0) return 'link';
  const { tags } = TagPage.parse(jsonOf(answer));
  return (tags ?? []).length < count ? 'last' : 'whole';
}

function codesOf(answer: RawAnswer): readonly string[] {
  const parsed = ErrorBody.safeParse(jsonOf(answer));
  return parsed.success ? parsed.data.errors.map(({ code }) => code) : [];
}

function jsonOf({ body }: RawAnswer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // No schema accepts undefined.
    return undefined;
  }
}
