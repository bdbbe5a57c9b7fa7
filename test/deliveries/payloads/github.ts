import { digestOf } from '../distribution-events';
import { HOST } from '../senders/sender-stage';

type Fields = Readonly<Record<string, unknown>>;

const SENDER = { login: 'dev1', id: 21_031_067, type: 'User', site_admin: false };
const COMMIT = 'acb5820ced9479c074f688cc328bf03f341a511d';

/** The git repository of an event. */
export function repositoryAt(full_name: unknown): Fields {
  const owner = { login: 'Acme', id: 6_811_672, type: 'Organization' };
  return { id: 186_853_002, name: 'Api', full_name, private: true, owner, default_branch: 'main' };
}

const REPOSITORY = repositoryAt('Acme/Api');

/** What GitHub sends when a webhook is made. */
export function ping(): Record<string, unknown> {
  const config = { content_type: 'json', insecure_ssl: '0', url: 'https://tagward.test' };
  const hook = { type: 'Repository', id: 109_948_940, active: true, events: ['release'], config };
  return { zen: 'Design for failure.', hook_id: 109_948_940, hook, repository: REPOSITORY };
}

export function release(
  action: unknown = 'published',
  release: Fields = {},
  fields: Fields = {},
): Record<string, unknown> {
  return {
    action,
    release: {
      id: 17_372_790,
      url: 'https://api.github.com/repos/Acme/Api/releases/17372790',
      html_url: 'https://github.com/Acme/Api/releases/tag/v2.4.1',
      tag_name: 'v2.4.1',
      target_commitish: 'main',
      name: 'Version 2.4.1',
      draft: false,
      prerelease: false,
      created_at: '2026-07-03T09:59:00Z',
      published_at: '2026-07-03T10:00:00Z',
      assets: [],
      body: null,
      author: SENDER,
      ...release,
    },
    repository: REPOSITORY,
    sender: SENDER,
    ...fields,
  };
}

export interface PackageFields {
  readonly tag?: unknown;
  readonly digest?: unknown;
  readonly version?: unknown;
  readonly host?: string;
  /** Of the package itself. */
  readonly fields?: Fields;
}

/** A version of a container package, as `registry_package` and `package` have it. */
function containerPackage(options: PackageFields) {
  const { tag = '2.4.1', digest = digestOf('2.4.1'), version = digestOf('2.4.1') } = options;
  const { host = HOST, fields = {} } = options;
  return {
    id: 2_416_775,
    name: 'api',
    namespace: 'acme',
    description: '',
    ecosystem: 'CONTAINER',
    package_type: 'CONTAINER',
    html_url: 'https://github.com/Acme/packages/2416775',
    created_at: '2026-01-12T20:01:14Z',
    updated_at: '2026-07-03T10:00:00Z',
    owner: { login: 'Acme', id: 6_811_672, type: 'Organization' },
    package_version: {
      id: 57_755_790,
      version,
      name: version,
      description: '',
      summary: '',
      manifest: '',
      html_url: 'https://github.com/Acme/packages/2416775?version=57755790',
      target_commitish: 'main',
      target_oid: COMMIT,
      created_at: '2026-07-03T10:00:00Z',
      updated_at: '2026-07-03T10:00:00Z',
      metadata: [],
      container_metadata: {
        tag: { name: tag, digest },
        labels: { description: '', source: 'https://github.com/Acme/Api', revision: COMMIT },
        manifest: { digest, media_type: 'application/vnd.oci.image.index.v1+json', size: 1312 },
      },
      package_files: [],
      author: SENDER,
      package_url: `${host}/acme/api:${String(tag)}`,
    },
    registry: null,
    ...fields,
  };
}

export function registryPackage(
  action: unknown = 'published',
  options: PackageFields = {},
): Record<string, unknown> {
  const registry_package = containerPackage(options);
  return { action, registry_package, repository: REPOSITORY, sender: SENDER };
}

/** The older event of the same, under another key. */
export function packageEvent(
  action: unknown = 'published',
  options: PackageFields = {},
): Record<string, unknown> {
  return {
    action,
    package: containerPackage(options),
    repository: REPOSITORY,
    sender: SENDER,
  };
}

/** A package of another ecosystem, whose version has none of a container's fields. */
export function npmPackage(): Record<string, unknown> {
  const fields = {
    name: 'hello-world-npm',
    namespace: 'Acme/Api',
    ecosystem: 'npm',
    package_type: 'npm',
    package_version: null,
  };
  return packageEvent('published', { fields });
}

/** A run of GitHub Actions that has ended. */
export function workflowRun(
  run: Fields = {},
  action: unknown = 'completed',
  fields: Fields = {},
): Record<string, unknown> {
  return {
    action,
    workflow: { id: 4_000, name: 'publish', path: '.github/workflows/publish.yml' },
    workflow_run: {
      id: 289_782_451,
      name: 'publish',
      run_number: 88,
      run_attempt: 1,
      event: 'push',
      status: 'completed',
      conclusion: 'success',
      head_branch: 'v2.4.1',
      head_sha: COMMIT,
      html_url: 'https://github.com/Acme/Api/actions/runs/289782451',
      created_at: '2026-07-03T10:00:00Z',
      updated_at: '2026-07-03T10:07:00Z',
      pull_requests: [],
      head_repository: REPOSITORY,
      ...run,
    },
    repository: REPOSITORY,
    sender: SENDER,
    ...fields,
  };
}
