import { z } from 'zod';
import { type ForgeNews, noNews, RunLink, unknownType } from './forge.sender';
import { timeOf } from './sender';

const TAG_REF = 'refs/tags/';
const NO_COMMIT = /^0+$/;

const Typed = z.object({ object_kind: z.string() });
const project = z.object({ path_with_namespace: z.string() });
const time = z.string().max(60).nullish();

const TagPush = z.object({
  ref: z.string(),
  after: z.string().optional(),
  checkout_sha: z.string().nullish(),
  project,
});

const Release = z.object({
  action: z.string(),
  tag: z.string(),
  released_at: time,
  created_at: time,
  project,
});

const Pipeline = z.object({
  object_attributes: z.object({
    ref: z.string(),
    tag: z.boolean(),
    status: z.string(),
    finished_at: time,
    url: RunLink,
  }),
  project,
});

/**
 * What an event of GitLab comes to. `object_kind` decides, since it is in the body that was
 * authenticated. Throws a `ZodError` for an event that is none of its kind.
 */
export function readGitlabEvent(json: unknown): ForgeNews {
  const { object_kind } = Typed.parse(json);
  switch (object_kind) {
    case 'tag_push':
      return readTagPush(TagPush.parse(json));
    case 'release':
      return readRelease(Release.parse(json));
    case 'pipeline':
      return readPipeline(Pipeline.parse(json));
    default:
      return unknownType(object_kind);
  }
}

function readTagPush({
  ref,
  after = '',
  checkout_sha,
  project,
}: z.infer<typeof TagPush>): ForgeNews {
  if (checkout_sha === null || NO_COMMIT.test(after)) {
    return noNews('git-tag-deleted', 'a tag was deleted in git, which no image goes away with');
  }
  if (!ref.startsWith(TAG_REF)) return noNews('untagged', 'the push is not one of a tag');
  const tag = ref.slice(TAG_REF.length);
  return { said: { project: project.path_with_namespace, tag, occurredAt: null } };
}

function readRelease({
  action,
  tag,
  released_at,
  created_at,
  project,
}: z.infer<typeof Release>): ForgeNews {
  if (action !== 'create') return unknownType(`release ${action}`);
  const occurredAt = timeOf(released_at ?? created_at ?? undefined);
  return { said: { project: project.path_with_namespace, tag, occurredAt } };
}

/** A pipeline is reported at each of its steps. */
function readPipeline({ object_attributes, project }: z.infer<typeof Pipeline>): ForgeNews {
  const { ref, tag, status, finished_at, url } = object_attributes;
  if (!tag) return noNews('untagged', 'the pipeline is one of a branch');
  if (status !== 'success') {
    return noNews('not-successful', `the pipeline is ${JSON.stringify(status.slice(0, 100))}`);
  }
  const occurredAt = timeOf(finished_at ?? undefined);
  return {
    said: { project: project.path_with_namespace, tag: ref, runUrl: url, occurredAt },
  };
}
