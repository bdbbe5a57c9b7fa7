import { registryErrorOf, tag } from '../../support/fake-registry-client';
import { SIGN_IN } from './api-server';
import { fakeGhcr } from './fake-ghcr';
import { fakeGitlab } from './fake-gitlab';
import { fakeHarbor, fakeHub, fakeQuay } from './fake-products';
import { PASSWORD, shownOf, TOKEN, useProviders } from './provider-pair';

const { open } = useProviders();
const SLOW = { 'retry-after': '3600' };
const NOW = { 'retry-after': '0' };
const anything = (): boolean => true;
const json = { message: `you came with ${TOKEN}` };

describe.each([
  ['docker-hub', () => fakeHub()],
  ['ghcr', () => fakeGhcr()],
  ['gitlab', () => fakeGitlab()],
  ['harbor', () => fakeHarbor()],
  ['quay', () => fakeQuay()],
] as const)('deletion through the API of %s', (_kind, make) => {
  it('deletes one tag and nothing else', async () => {
    const product = make();
    const before = new Map(product.tags);
    const { provider } = await open(product);

    expect(await provider.deleteTag(product.path, tag('1.0'))).toBe('deleted');
    before.delete('1.0');
    expect(product.tags).toEqual(before);
  });

  it('says absent when the tag is not there', async () => {
    const product = make();
    const { provider } = await open(product);

    expect(await provider.deleteTag(product.path, tag('gone'))).toBe('absent');
    expect(product.tags.size).toBe(4);
  });

  it('leaves a protected tag and says so', async () => {
    const product = make();
    const { provider, server } = await open(product);

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('kept')));
    expect(['denied', 'refused']).toContain(error.code);
    expect(error.retryable).toBe(false);
    expect(error.message).toContain('registries.local.provider');
    expect(product.tags.has('kept')).toBe(true);
    expect(server.calls.filter(product.isDelete)).toHaveLength(1);
  });

  it.each([
    [400, 'refused'],
    [403, 'denied'],
    [405, 'unsupported'],
    [409, 'refused'],
    [412, 'refused'],
    [422, 'refused'],
    [418, 'unexpected-answer'],
  ] as const)('says of a %d to the delete: %s', async (status, code) => {
    const product = make();
    const { provider, server } = await open(product);
    server.failNext(product.isDelete, { status, json });

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('2.0')));
    expect(error).toMatchObject({ code, status, retryable: false });
    expect(product.tags.has('2.0')).toBe(true);
  });

  it.each([
    ['429', { status: 429, headers: NOW, json }],
    ['429 without a time', { status: 429, json }],
    ['403 for too many requests', { status: 403, headers: NOW, json }],
    ['500', { status: 500, json }],
    ['502 with a page', { status: 502, html: '<h1>Bad gateway</h1>' }],
    ['503', { status: 503, json }],
    ['reset before the effect', 'reset'],
    ['reset after the effect', 'reset-after-effect'],
  ] as const)('deletes after a %s', async (_name, fault) => {
    const product = make();
    const { provider, server } = await open(product);
    server.failNext(product.isDelete, fault);

    expect(await provider.deleteTag(product.path, tag('1.0'))).toBe('deleted');
    expect([...product.tags.keys()].sort()).toEqual(['1.1', '2.0', 'kept']);
  });

  it('begins again after a 503 to the first request, whatever that is', async () => {
    const product = make();
    const { provider, server } = await open(product);
    server.failNext(anything, { status: 503, json });

    expect(await provider.deleteTag(product.path, tag('1.0'))).toBe('deleted');
  });

  it('says when to come back, and asks nothing until then', async () => {
    const product = make();
    const { provider, server } = await open(product);
    server.failNext(anything, { status: 429, headers: SLOW, json });

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('1.0')));
    expect(error).toMatchObject({ code: 'rate-limited', retryAfterMs: 3_600_000, retryable: true });
    const later = await registryErrorOf(provider.deleteTag(product.path, tag('1.0')));
    expect(later.code).toBe('rate-limited');
    expect(server.calls).toHaveLength(1);
  });

  it.each([200, 404])('takes no page for people with a %d as an answer', async (status) => {
    const product = make();
    const { provider, server } = await open(product);
    server.failNext(product.isDelete, { ...SIGN_IN, status });

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('2.0')));
    expect(error).toMatchObject({ code: 'unexpected-answer', retryable: false });
    expect(product.tags.has('2.0')).toBe(true);
  });

  it('takes no page for people as the answer to its first request', async () => {
    const product = make();
    const { provider, server } = await open(product);
    server.failNext(anything, SIGN_IN);

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('1.0')));
    expect(error).toMatchObject({ code: 'unexpected-answer', retryable: false });
    expect(product.tags.size).toBe(4);
  });

  it('follows no redirect of a delete', async () => {
    const product = make();
    const { provider, server } = await open(product);
    server.failNext(product.isDelete, { status: 307, headers: { location: '/elsewhere/' } });

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('2.0')));
    expect(error.code).toBe('redirect-refused');
    expect(server.lines.join()).not.toContain('elsewhere');
  });

  it('asks no other host, wherever a redirect leads', async () => {
    const product = make();
    const other = await open(make());
    const { provider, server } = await open(product);
    server.failNext(anything, { status: 307, headers: { location: `${other.server.url}/x` } });

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('1.0')));
    expect(error.code).toBe('redirect-refused');
    expect(other.server.calls).toHaveLength(0);
  });

  it('says unauthorized once the account is refused, and does not ask on', async () => {
    const product = make();
    const { provider, server } = await open(product, { token: 'WRONG-token' });

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('1.0')));
    expect(error).toMatchObject({ code: 'unauthorized', status: 401, retryable: true });
    expect(error.message).toContain('registries.local.provider');
    expect(server.calls).toHaveLength(1);
  });

  it('says what to configure when there is nothing to ask with', async () => {
    const product = make();
    const { provider, server } = await open(product, { token: null, auth: 'none' });

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('1.0')));
    expect(error).toMatchObject({ code: 'unauthorized', retryable: true });
    expect(error.message).toContain('registries.local.provider.tokenFile');
    expect(server.calls).toHaveLength(0);
  });

  it.each([400, 401, 403, 404, 429, 500])(
    'shows no secret in the error of a %d',
    async (status) => {
      const product = make();
      const options = { tuning: { maxTries: 1, maxRateLimitedTries: 1 } };
      const { provider, server } = await open(product, options);
      const html = `<h1>${TOKEN} ${PASSWORD}</h1>`;
      server.failNext(anything, { status, html });
      server.failNext(anything, { status, html });

      const error = await registryErrorOf(provider.deleteTag(product.path, tag('1.0')));
      expect(shownOf(error)).not.toMatch(/TOKEN-of|PASSWORD-of|Basic |Bearer /);
    },
  );

  it('keeps the base path of its URL', async () => {
    const product = make();
    const basePath = '/at/home/';
    const behind: typeof product = {
      ...product,
      answer: (call) => product.answer({ ...call, path: call.path.replace('/at/home/', '/') }),
    };
    const { provider, server } = await open(behind, { basePath });

    expect(await provider.deleteTag(product.path, tag('2.0'))).toBe('deleted');
    expect(server.calls.every(({ path }) => path.startsWith('/at/home/'))).toBe(true);
  });

  it('asks nothing once it is closed', async () => {
    const product = make();
    const { provider, server } = await open(product);
    await provider.close();
    await provider.close();

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('1.0')));
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(server.calls).toHaveLength(0);
  });
});
