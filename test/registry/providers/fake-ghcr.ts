import type { Digest } from '../../../src/core/names';
import type { Manifest } from '../../../src/registry/image-registry';
import type { ProviderManifests } from '../../../src/registry/providers/tag-provider';
import { RegistryError } from '../../../src/registry/registry-error';
import type { ApiCall, ApiReply } from './api-server';
import { digestOf, type FakeProduct, TOKEN } from './provider-pair';

interface FakeVersion {
  readonly id: number;
  readonly name: Digest;
}

export interface GhcrOptions {
  readonly ownerKind?: 'orgs' | 'users';
  readonly path?: string;
  readonly pageSize?: number;
  readonly nextOrigin?: string;
  /** How many listings a version is missing from after its push. */
  readonly lag?: number;
}

export interface FakeGhcr extends FakeProduct {
  readonly versions: FakeVersion[];
  readonly manifests: ProviderManifests;
  /** What was put on which tag. */
  readonly puts: (readonly [string, Digest])[];
}

/** docs.github.com, REST API endpoints for packages; a version's name is its digest. */
export function fakeGhcr(options: GhcrOptions = {}): FakeGhcr {
  const { ownerKind = 'orgs', path = 'shop/gallery/ui', pageSize = 100, lag = 0 } = options;
  const kept = new Set(['kept']);
  const stored = new Map<Digest, Manifest>();
  const tags = new Map<string, Digest>();
  const versions: FakeVersion[] = [];
  const hidden = new Map<number, number>();
  const puts: (readonly [string, Digest])[] = [];
  const [owner = '', ...name] = path.split('/');
  const base = `/${ownerKind}/${owner}/packages/container/${encodeURIComponent(name.join('/'))}/versions`;

  const push = (tag: string, manifest: Manifest): void => {
    stored.set(manifest.digest, manifest);
    tags.set(tag, manifest.digest);
    if (versions.some((one) => one.name === manifest.digest)) return;
    versions.unshift({ id: 100 + versions.length, name: manifest.digest });
  };
  for (const tag of ['1.0', '1.1', '2.0', 'kept']) {
    const bytes = Buffer.from(tag.slice(0, 1));
    push(tag, { bytes, digest: digestOf(bytes.toString()), mediaType: 'application/test' });
  }
  const tagsOf = (digest: Digest): readonly string[] =>
    [...tags].filter(([, target]) => target === digest).map(([tag]) => tag);
  const shown = ({ id, name: digest }: FakeVersion): object => {
    const metadata = { package_type: 'container', container: { tags: tagsOf(digest) } };
    return { id, name: digest, url: 'https://api.github.com/x', metadata };
  };
  const isListed = ({ id }: FakeVersion): boolean => {
    const left = hidden.get(id) ?? 0;
    hidden.set(id, left - 1);
    return left <= 0;
  };
  const list = ({ headers }: ApiCall, query: URLSearchParams): ApiReply => {
    const page = Number(query.get('page') ?? '1');
    const from = (page - 1) * pageSize;
    const origin = options.nextOrigin ?? `http://${headers.host ?? ''}`;
    const link = `<${origin}${base}?per_page=100&page=${page + 1}>; rel="next", <${origin}/last>; rel="last"`;
    return {
      status: 200,
      ...(from + pageSize < versions.length ? { headers: { link } } : {}),
      json: versions
        .filter(isListed)
        .slice(from, from + pageSize)
        .map(shown),
    };
  };
  const remove = (version: FakeVersion): ApiReply => {
    const doomed = tagsOf(version.name);
    if (doomed.some((tag) => kept.has(tag))) {
      return { status: 403, json: { message: `Must have admin rights, ${TOKEN}` } };
    }
    if (doomed.length > 0 && doomed.length === tags.size) {
      const message = 'You cannot delete the last tagged version of a package.';
      return { status: 400, json: { message } };
    }
    for (const tag of doomed) tags.delete(tag);
    versions.splice(versions.indexOf(version), 1);
    return { status: 204 };
  };

  const manifests: ProviderManifests = {
    find: (_path, tag) => {
      const digest = tags.get(tag);
      return Promise.resolve(digest && { digest });
    },
    get: (_path, tag) => {
      const manifest = stored.get(tags.get(tag) ?? digestOf('none'));
      if (manifest !== undefined) return Promise.resolve(manifest);
      return Promise.reject(new RegistryError('manifest-unknown', 'it is not there'));
    },
    put: (_path, tag, manifest) => {
      puts.push([tag, manifest.digest]);
      const isNew = !stored.has(manifest.digest);
      push(tag, manifest);
      const [newest] = versions;
      if (isNew && newest !== undefined) hidden.set(newest.id, lag);
      return Promise.resolve();
    },
  };
  return {
    ...{ kind: 'ghcr', path, tags, kept, versions, puts, manifests },
    isDelete: ({ method }) => method === 'DELETE',
    answer: (call) => {
      if (call.headers.authorization !== `Bearer ${TOKEN}`) {
        return { status: 401, json: { message: 'Bad credentials' } };
      }
      const url = new URL(call.path, 'http://github.invalid');
      const notFound: ApiReply = { status: 404, json: { message: 'Package not found.' } };
      if (!url.pathname.startsWith(base)) return notFound;
      const rest = url.pathname.slice(base.length);
      if (call.method === 'GET' && rest === '') return list(call, url.searchParams);
      const version = versions.find(({ id }) => rest === `/${id}`);
      if (version === undefined) return notFound;
      return call.method === 'DELETE' ? remove(version) : { status: 200, json: shown(version) };
    },
  };
}
