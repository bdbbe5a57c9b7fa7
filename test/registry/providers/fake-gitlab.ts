import type { ApiCall, ApiReply } from './api-server';
import { digestOf, type FakeProduct, TOKEN } from './provider-pair';

interface Repository {
  readonly id: number;
  readonly path: string;
}

export interface GitlabOptions {
  readonly project?: string;
  readonly path?: string;
  readonly repositories?: readonly Repository[];
  readonly pageSize?: number;
  /** Where the next page is said to be, in the place of this server. */
  readonly nextOrigin?: string;
}

export interface FakeGitlab extends FakeProduct {
  repositories: readonly Repository[];
}

/** docs.gitlab.com, Container registry API. */
export function fakeGitlab(options: GitlabOptions = {}): FakeGitlab {
  const { project = 'shop/web', path = 'shop/web/gallery/ui', pageSize = 100 } = options;
  const tags = new Map(['1.0', '1.1', '2.0', 'kept'].map((tag) => [tag, digestOf(tag)] as const));
  const kept = new Set(['kept']);
  const base = `/api/v4/projects/${encodeURIComponent(project)}/registry/repositories`;
  const missing = (what: string): ApiReply => ({
    status: 404,
    json: { message: `404 ${what} Not Found` },
  });

  const list = ({ headers }: ApiCall, query: URLSearchParams): ApiReply => {
    const page = Number(query.get('page') ?? '1');
    const from = (page - 1) * pageSize;
    const isLast = from + pageSize >= fake.repositories.length;
    const origin = options.nextOrigin ?? `http://${headers.host ?? ''}`;
    const next = `${origin}${base}?page=${page + 1}&per_page=100`;
    return {
      status: 200,
      ...(isLast ? {} : { headers: { link: `<${next}>; rel="next"` } }),
      json: fake.repositories
        .slice(from, from + pageSize)
        .map((one) => ({ ...one, name: '', project_id: 9, location: `registry/${one.path}` })),
    };
  };
  const remove = (id: number, tag: string): ApiReply => {
    if (!fake.repositories.some((one) => one.id === id && one.path === path)) {
      return missing('Repository');
    }
    if (kept.has(tag)) return { status: 403, json: { message: '403 Forbidden' } };
    // The documented status with the body that GitLab really sends (gitlab-org/gitlab#549790).
    return tags.delete(tag) ? { status: 200, json: 200 } : missing('Tag');
  };

  const fake: FakeGitlab = {
    ...{ kind: 'gitlab', path, tags, kept },
    repositories: options.repositories ?? [{ id: 7, path }],
    isDelete: ({ method }) => method === 'DELETE',
    answer: (call) => {
      if (call.headers['private-token'] !== TOKEN) {
        return { status: 401, json: { message: '401 Unauthorized' } };
      }
      const url = new URL(call.path, 'http://gitlab.invalid');
      if (!url.pathname.startsWith(base)) return missing('Project');
      const rest = url.pathname.slice(base.length);
      if (call.method === 'GET' && rest === '') return list(call, url.searchParams);
      const [, id, tag] = /^\/(\d+)\/tags\/([^/]+)$/.exec(rest) ?? [];
      if (call.method !== 'DELETE' || tag === undefined) return missing('Route');
      return remove(Number(id), tag);
    },
  };
  return fake;
}
