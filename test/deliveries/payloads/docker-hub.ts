export interface HubPush {
  readonly repository?: unknown;
  readonly tag?: unknown;
  /** Seconds since 1970. */
  readonly pushedAt?: unknown;
}

/** What Docker Hub sends for a pushed tag. */
export function hubPush({
  repository = 'acme/api',
  tag = '2.4.1',
  pushedAt = 1_763_800_000,
}: HubPush = {}): Record<string, unknown> {
  return {
    callback_url: 'https://registry.hub.docker.com/u/acme/api/hook/2d1cb5i0h4eg1110/',
    push_data: { pushed_at: pushedAt, pusher: 'dev1', tag },
    repository: {
      comment_count: 0,
      date_created: 1_747_000_000,
      description: '',
      full_description: 'The API.',
      is_official: false,
      is_private: true,
      is_trusted: false,
      name: 'api',
      namespace: 'acme',
      owner: 'acme',
      repo_name: repository,
      repo_url: 'https://registry.hub.docker.com/v2/acme/api',
      star_count: 0,
      status: 'Active',
    },
  };
}
