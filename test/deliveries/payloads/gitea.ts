type Fields = Readonly<Record<string, unknown>>;

const DEV = {
  ...{ id: 7, login: 'dev1', login_name: '', full_name: 'Dev One', email: 'dev1@example.com' },
  ...{
    avatar_url: 'https://gitea.test/avatars/7',
    language: '',
    is_admin: false,
    username: 'dev1',
  },
};

const ACME = { ...DEV, id: 3, login: 'Acme', full_name: '', username: 'Acme' };

/** A git repository as an event names it. */
export function giteaRepository(full_name: unknown = 'Acme/Api'): Fields {
  const owner = ACME;
  return {
    ...{ id: 11, owner, name: 'Api', full_name, private: true, fork: false, size: 24 },
    ...{ html_url: 'https://gitea.test/Acme/Api', default_branch: 'main' },
    ...{ created_at: '2026-01-05T08:00:00Z', updated_at: '2026-07-03T09:58:00Z' },
  };
}

/** A version of a package; of an image its tag, or its digest when it was pushed without one. */
export function giteaPackage(fields: Fields = {}, action: unknown = 'created'): Fields {
  return {
    action,
    repository: null,
    package: {
      ...{ id: 41, owner: ACME, repository: null, creator: DEV },
      ...{ type: 'container', name: 'api', version: '2.4.1' },
      html_url: 'https://gitea.test/Acme/-/packages/container/api/2.4.1',
      created_at: '2026-07-03T10:00:00Z',
      ...fields,
    },
    organization: ACME,
    sender: DEV,
  };
}

export function giteaRelease(action: unknown = 'published', fields: Fields = {}): Fields {
  return {
    action,
    release: {
      ...{ id: 5, tag_name: 'v2.4.1', target_commitish: 'main', name: '2.4.1', body: 'Fixes' },
      url: 'https://gitea.test/api/v1/repos/Acme/Api/releases/5',
      html_url: 'https://gitea.test/Acme/Api/releases/tag/v2.4.1',
      ...{ draft: false, prerelease: false, author: DEV, assets: [] },
      ...{ created_at: '2026-07-03T09:59:58Z', published_at: '2026-07-03T10:00:00Z' },
      ...fields,
    },
    repository: giteaRepository(),
    sender: DEV,
  };
}

/** A git tag or branch that was created. */
export function giteaCreate(fields: Fields = {}): Fields {
  return {
    ...{ sha: 'acb5820ced9479c074f688cc328bf03f341a511d', ref: 'v2.4.1', ref_type: 'tag' },
    ...{ repository: giteaRepository(), sender: DEV },
    ...fields,
  };
}

/** What the test button sends, whatever events are selected. */
export function giteaPush(): Fields {
  const commit = {
    id: 'acb5820ced9479c074f688cc328bf03f341a511d',
    message: 'This is a fake commit',
  };
  return {
    ...{ ref: 'refs/heads/main', before: commit.id, after: commit.id, compare_url: '' },
    ...{ commits: [commit], total_commits: 1, head_commit: commit },
    ...{ repository: giteaRepository(), pusher: DEV, sender: DEV },
  };
}
