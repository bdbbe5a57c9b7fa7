import { z } from 'zod';
import { isDigest } from '../../core/names';
import { type ForgeNews, noNews, unknownType } from './forge.sender';
import { timeOf } from './sender';

const repository = z.object({ full_name: z.string() });
const time = z.string().max(60).nullish();

const Release = z.object({
  action: z.string(),
  release: z.object({
    tag_name: z.string(),
    draft: z.boolean(),
    prerelease: z.boolean(),
    published_at: time,
  }),
  repository,
});

const Created = z.object({ ref: z.string(), ref_type: z.string(), repository });

/** Enough to leave packages of other ecosystems alone. */
const PackageGlance = z.object({ action: z.string(), package: z.object({ type: z.string() }) });

const Container = z.object({
  package: z.object({
    owner: z.object({ login: z.string() }),
    name: z.string(),
    /** The tag; the digest of what was pushed without one. */
    version: z.string(),
    created_at: time,
  }),
});

/**
 * What an event of Gitea or Forgejo comes to; the type is the header `X-Gitea-Event`. Throws a
 * `ZodError` for a body that is none of that type.
 */
export function readGiteaEvent(type: string, json: unknown): ForgeNews {
  switch (type) {
    case 'package':
      return readPackage(PackageGlance.parse(json), json);
    case 'release':
      return readRelease(Release.parse(json));
    case 'create':
      return readCreated(Created.parse(json));
    default:
      return unknownType(type);
  }
}

function readPackage(glance: z.infer<typeof PackageGlance>, json: unknown): ForgeNews {
  const { action } = glance;
  if (action !== 'created' && action !== 'deleted') return unknownType(`package ${action}`);
  if (glance.package.type !== 'container') {
    return noNews('no-image', 'the package is no container image');
  }
  const { owner, name, version, created_at } = Container.parse(json).package;
  if (isDigest(version)) return noNews('untagged', 'the image has no tag');
  return {
    said: {
      event: action === 'created' ? 'published' : 'deleted',
      project: `${owner.login}/${name}`,
      tag: version,
      occurredAt: action === 'created' ? timeOf(created_at ?? undefined) : null,
    },
  };
}

/** Also `updated`, which is all that comes when the release of a tag that is there leaves draft. */
function readRelease({ action, release, repository }: z.infer<typeof Release>): ForgeNews {
  if (action !== 'published' && action !== 'updated') return unknownType(`release ${action}`);
  if (release.draft) return noNews('draft', 'the release is a draft');
  const { tag_name, prerelease, published_at } = release;
  const occurredAt = timeOf(published_at ?? undefined);
  return { said: { project: repository.full_name, tag: tag_name, prerelease, occurredAt } };
}

function readCreated({ ref, ref_type, repository }: z.infer<typeof Created>): ForgeNews {
  if (ref_type !== 'tag') return noNews('untagged', 'what was created in git is no tag');
  const tag = ref.replace(/^refs\/tags\//, '');
  return { said: { project: repository.full_name, tag, occurredAt: null } };
}
