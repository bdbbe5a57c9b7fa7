import { registryErrorOf, tag } from '../../support/fake-registry-client';
import type { ApiCall } from './api-server';
import { fakeGhcr } from './fake-ghcr';
import { digestOf, TOKEN, useProviders } from './provider-pair';

const { open } = useProviders();
const PATH = 'shop/gallery/ui';
const PACKAGE = '/orgs/shop/packages/container/gallery%2Fui/versions';

describe('GHCR', () => {
  it('deletes the version of a tag that has it for itself', async () => {
    const product = fakeGhcr();
    const { provider, server } = await open(product, { auth: 'none' });

    expect(await provider.deleteTag(PATH, tag('2.0'))).toBe('deleted');
    expect(server.lines).toEqual([
      `GET ${PACKAGE}?per_page=100`,
      `GET ${PACKAGE}/101`,
      `DELETE ${PACKAGE}/101`,
    ]);
    expect(product.puts).toEqual([]);
    expect(server.calls[2]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'tagward',
    });
  });

  it('deletes a dummy in the place of a version with other tags', async () => {
    const product = fakeGhcr();
    const { provider, server } = await open(product);

    expect(await provider.deleteTag(PATH, tag('1.0'))).toBe('deleted');
    expect(product.tags.get('1.1')).toBe(digestOf('1'));
    expect(product.versions.map(({ name }) => name)).toContain(digestOf('1'));
    expect(product.versions).toHaveLength(3);
    expect(product.puts).toHaveLength(1);
    expect(server.lines.filter((line) => line.startsWith('DELETE'))).toEqual([
      `DELETE ${PACKAGE}/103`,
    ]);
  });

  it('deletes no version that got another tag while the list was read', async () => {
    const product = fakeGhcr();
    const answer = (call: ApiCall): ReturnType<typeof product.answer> => {
      if (call.path.endsWith('/101')) product.tags.set('2.1', digestOf('2'));
      return product.answer(call);
    };
    const { provider } = await open({ ...product, answer });

    expect(await provider.deleteTag(PATH, tag('2.0'))).toBe('deleted');
    expect(product.tags.get('2.1')).toBe(digestOf('2'));
    expect(product.versions.map(({ name }) => name)).toContain(digestOf('2'));
  });

  it('waits until the version of the dummy is listed', async () => {
    const product = fakeGhcr({ lag: 2 });
    const { provider } = await open(product);

    expect(await provider.deleteTag(PATH, tag('1.0'))).toBe('deleted');
    expect(product.versions).toHaveLength(3);
  });

  it('puts the tag back when the version of the dummy never shows', async () => {
    const product = fakeGhcr({ lag: 99 });
    const { provider } = await open(product);

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('1.0')));
    expect(error).toMatchObject({ code: 'timeout', retryable: true });
    expect(product.tags.get('1.0')).toBe(digestOf('1'));
  });

  it.each([400, 403])('puts the tag back when the dummy is refused with %d', async (status) => {
    const product = fakeGhcr();
    const { provider, server } = await open(product);
    server.failNext(product.isDelete, { status, json: { message: 'no' } });

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('1.0')));
    expect(error.status).toBe(status);
    expect(product.tags.get('1.0')).toBe(digestOf('1'));
  });

  it('says where a tag stands that could not be put back', async () => {
    const product = fakeGhcr();
    let left = 1;
    const put: typeof product.manifests.put = (path, name, manifest) =>
      left-- > 0 ? product.manifests.put(path, name, manifest) : Promise.reject(new Error('down'));
    const { provider, server } = await open({
      ...product,
      manifests: { ...product.manifests, put },
    });
    server.failNext(product.isDelete, { status: 403, json: {} });

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('1.0')));
    expect(error).toMatchObject({ code: 'server-error', retryable: true });
    expect(error.message).toContain(digestOf('1'));
  });

  it('leaves a tag alone that was moved meanwhile', async () => {
    const product = fakeGhcr();
    const find: typeof product.manifests.find = async (path, name) => {
      const found = await product.manifests.find(path, name);
      product.tags.set('1.0', digestOf('2'));
      return found;
    };
    const { provider } = await open({ ...product, manifests: { ...product.manifests, find } });

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('1.0')));
    expect(error).toMatchObject({ code: 'refused', retryable: false });
    expect(product.tags.get('1.0')).toBe(digestOf('2'));
    expect(product.puts).toEqual([]);
  });

  it('says refused of the last tagged version, and does not delete the package', async () => {
    const product = fakeGhcr();
    for (const name of ['1.0', '1.1', 'kept']) product.tags.delete(name);
    const { provider, server } = await open(product);

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('2.0')));
    expect(error).toMatchObject({ code: 'refused', status: 400 });
    expect(product.tags.get('2.0')).toBe(digestOf('2'));
    expect(server.lines.filter((line) => line.startsWith('DELETE'))).toHaveLength(1);
  });

  it('finds the packages of a user', async () => {
    const product = fakeGhcr({ ownerKind: 'users' });
    const { provider, server } = await open(product);

    expect(await provider.deleteTag(PATH, tag('2.0'))).toBe('deleted');
    expect(server.lines.slice(0, 2)).toEqual([
      `GET ${PACKAGE}?per_page=100`,
      `GET ${PACKAGE.replace('orgs', 'users')}?per_page=100`,
    ]);
    expect(await provider.deleteTag(PATH, tag('1.0'))).toBe('deleted');
    expect(server.lines.filter((line) => line.includes('/orgs/'))).toHaveLength(1);
  });

  it('says denied when the token shows no such package', async () => {
    const product = fakeGhcr();
    const { provider } = await open(product);
    const find: typeof product.manifests.find = () => Promise.resolve({ digest: digestOf('2') });
    const other = await open({ ...product, manifests: { ...product.manifests, find } });

    const error = await registryErrorOf(other.provider.deleteTag('else/ui', tag('2.0')));
    expect(error).toMatchObject({ code: 'denied', retryable: false });
    expect(error.message).toContain('delete:packages');
    expect(await provider.deleteTag(PATH, tag('gone'))).toBe('absent');
  });

  it('follows the pages to an old version', async () => {
    const product = fakeGhcr({ pageSize: 1 });
    const { provider, server } = await open(product);

    expect(await provider.deleteTag(PATH, tag('1.0'))).toBe('deleted');
    expect(server.lines).toContain(`GET ${PACKAGE}?per_page=100&page=3`);
    expect(product.tags.get('1.1')).toBe(digestOf('1'));
  });

  it('asks no other host for the next page', async () => {
    const other = await open(fakeGhcr());
    const product = fakeGhcr({ pageSize: 1, nextOrigin: other.server.url });
    const { provider } = await open(product);

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('1.0')));
    expect(error.code).toBe('redirect-refused');
    expect(other.server.calls).toHaveLength(0);
    expect(product.puts).toEqual([]);
  });

  it.each([
    { what: 'no tags', json: [{ id: 1, name: digestOf('1') }] },
    { what: 'no list', json: { message: 'hello' } },
    { what: 'no id', json: [{ id: '1', name: 'x', metadata: { container: { tags: [] } } }] },
  ])('deletes nothing by a list with $what', async ({ json }) => {
    const product = fakeGhcr();
    const { provider, server } = await open(product);
    server.failNext(({ method }) => method === 'GET', { status: 200, json });

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('2.0')));
    expect(error.code).toBe('unexpected-answer');
    expect(server.lines.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  it('waits for as long as GitHub limits by its own headers', async () => {
    const reset = Math.ceil(Date.now() / 1_000) + 3_600;
    const product = fakeGhcr();
    const { provider, server } = await open(product);
    server.failNext(() => true, {
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
      json: { message: 'API rate limit exceeded' },
    });

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('2.0')));
    expect(error.code).toBe('rate-limited');
    expect(error.retryAfterMs).toBeGreaterThan(3_500_000);
  });
});
