const COMMIT = '82b3d5ae55f7080f1e6022629cdb57bfae7cccc7';
export const ZEROS = '0'.repeat(40);

type Fields = Readonly<Record<string, unknown>>;

const PROJECT = {
  id: 15,
  name: 'Api',
  description: '',
  web_url: 'https://gitlab.test/Acme/Api',
  git_ssh_url: 'git@gitlab.test:Acme/Api.git',
  git_http_url: 'https://gitlab.test/Acme/Api.git',
  namespace: 'Acme',
  visibility_level: 0,
  path_with_namespace: 'Acme/Api',
  default_branch: 'main',
};

/** The project of an event, under another path. */
export function projectAt(path: unknown): Fields {
  return { ...PROJECT, path_with_namespace: path };
}

/** A tag that was pushed with git. */
export function tagPush(fields: Fields = {}): Record<string, unknown> {
  return {
    object_kind: 'tag_push',
    event_name: 'tag_push',
    before: ZEROS,
    after: COMMIT,
    ref: 'refs/tags/v2.4.1',
    ref_protected: true,
    checkout_sha: COMMIT,
    message: 'Release 2.4.1',
    user_id: 1,
    user_name: 'Dev One',
    user_username: 'dev1',
    project_id: 15,
    project: PROJECT,
    commits: [],
    total_commits_count: 0,
    push_options: {},
    ...fields,
  };
}

/** A tag that was deleted with git. */
export function tagDeletion(): Record<string, unknown> {
  return tagPush({ before: COMMIT, after: ZEROS, checkout_sha: null });
}

/** What the test button of a tag hook sends. */
export function branchPush(): Record<string, unknown> {
  return { ...tagPush({ ref: 'refs/heads/main' }), object_kind: 'push', event_name: 'push' };
}

/** A release that was made, changed or deleted. */
export function release(fields: Fields = {}): Record<string, unknown> {
  return {
    object_kind: 'release',
    id: 1,
    action: 'create',
    name: 'Version 2.4.1',
    tag: 'v2.4.1',
    description: '',
    created_at: '2026-07-03 10:00:00 UTC',
    released_at: '2026-07-03 10:00:00 UTC',
    url: 'https://gitlab.test/Acme/Api/-/releases/v2.4.1',
    project: PROJECT,
    assets: { count: 0, links: [], sources: [] },
    commit: { id: COMMIT, title: 'Release 2.4.1', author: { name: 'Dev One' } },
    ...fields,
  };
}

/** One step of a pipeline. */
export function pipeline(attributes: Fields = {}, fields: Fields = {}): Record<string, unknown> {
  return {
    object_kind: 'pipeline',
    object_attributes: {
      id: 31,
      iid: 3,
      ref: 'v2.4.1',
      tag: true,
      sha: COMMIT,
      before_sha: ZEROS,
      source: 'push',
      status: 'success',
      detailed_status: 'passed',
      stages: ['build', 'publish'],
      created_at: '2026-07-03 10:00:00 UTC',
      finished_at: '2026-07-03 10:07:00 UTC',
      duration: 420,
      variables: [],
      url: 'https://gitlab.test/Acme/Api/-/pipelines/31',
      ...attributes,
    },
    merge_request: null,
    user: { id: 1, name: 'Dev One', username: 'dev1' },
    project: PROJECT,
    commit: { id: COMMIT, message: 'Release 2.4.1' },
    builds: [{ id: 380, stage: 'publish', name: 'image', status: 'success' }],
    ...fields,
  };
}
