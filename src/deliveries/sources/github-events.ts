import { z } from 'zod';
import { isDigest } from '../../core/names';
import { hostOfImage } from './announced';
import { type ForgeNews, noNews, RunLink, unknownType } from './forge.sender';
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

/** Enough to leave packages of other ecosystems alone, which have other fields. */
const PackageGlance = z.object({
  action: z.string(),
  package: z.object({ package_type: z.string() }),
});

const Container = z.object({
  package: z.object({
    name: z.string(),
    namespace: z.string(),
    updated_at: time,
    package_version: z.object({
      version: z.string().optional(),
      package_url: z.string().optional(),
      container_metadata: z
        .object({
          tag: z.object({ name: z.string().nullish(), digest: z.string().nullish() }).nullish(),
        })
        .nullish(),
    }),
  }),
});

const WorkflowRun = z.object({
  action: z.string(),
  workflow_run: z.object({
    event: z.string(),
    /** Of a run for a tag: the tag. */
    head_branch: z.string().nullish(),
    conclusion: z.string().nullish(),
    updated_at: time,
    html_url: RunLink,
  }),
  repository,
});

const RegistryPackage = z
  .object({ action: z.unknown(), registry_package: z.unknown() })
  .transform(({ action, registry_package }) => ({ action, package: registry_package }));

/**
 * What an event of GitHub comes to; the type is the header `X-GitHub-Event`. Throws a `ZodError`
 * for a body that is none of that type.
 */
export function readGithubEvent(type: string, json: unknown): ForgeNews {
  switch (type) {
    case 'ping':
      return noNews('ping', 'GitHub has tried the webhook');
    case 'release':
      return readRelease(Release.parse(json));
    case 'registry_package':
      return readPackage(RegistryPackage.parse(json));
    case 'package':
      return readPackage(json);
    case 'workflow_run':
      return readWorkflowRun(WorkflowRun.parse(json));
    default:
      return unknownType(type);
  }
}

/** Also `released`, which is all that comes when a pre-release becomes a release. */
function readRelease({ action, release, repository }: z.infer<typeof Release>): ForgeNews {
  if (action !== 'published' && action !== 'released') return unknownType(`release ${action}`);
  if (release.draft) return noNews('draft', 'the release is a draft');
  const { tag_name, prerelease, published_at } = release;
  const occurredAt = timeOf(published_at ?? undefined);
  return { said: { project: repository.full_name, tag: tag_name, prerelease, occurredAt } };
}

function readPackage(json: unknown): ForgeNews {
  const { action, package: glance } = PackageGlance.parse(json);
  if (action !== 'published' && action !== 'updated') return unknownType(`package ${action}`);
  if (glance.package_type.toLowerCase() !== 'container') {
    return noNews('no-image', 'the package is no container image');
  }
  const { name, namespace, updated_at, package_version } = Container.parse(json).package;
  const { version = '', package_url, container_metadata } = package_version;
  const { name: tag, digest } = container_metadata?.tag ?? {};
  if (tag === undefined || tag === null || tag === '') {
    return noNews('untagged', 'the image has no tag');
  }
  return {
    said: {
      project: `${namespace}/${name}`,
      tag,
      host: hostOfImage(package_url),
      digest: [digest ?? '', version].find(isDigest),
      occurredAt: timeOf(updated_at ?? undefined),
    },
  };
}

/** A push run does not say whether it was of a branch or a tag, so the name must look like a tag. */
const VERSION_LIKE = /^v?\d+(?:\.\d+)+/;

function readWorkflowRun({
  action,
  workflow_run,
  repository,
}: z.infer<typeof WorkflowRun>): ForgeNews {
  if (action !== 'completed') return unknownType(`workflow_run ${action}`);
  const { event, head_branch, conclusion, updated_at, html_url } = workflow_run;
  if (conclusion !== 'success') {
    const ended = JSON.stringify(conclusion?.slice(0, 100) ?? null);
    return noNews('not-successful', `the workflow ended as ${ended}`);
  }
  const tag = head_branch ?? '';
  const isOfTag = event === 'release' || (event === 'push' && VERSION_LIKE.test(tag));
  if (!isOfTag || tag === '') return noNews('untagged', 'the workflow did not run for a tag');
  const occurredAt = timeOf(updated_at ?? undefined);
  return { said: { project: repository.full_name, tag, runUrl: html_url, occurredAt } };
}
