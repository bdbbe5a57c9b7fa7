import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../src/config/secret';
import { SimulatedClock } from '../../../src/runtime/clock';
import { registryErrorOf, tag } from '../../support/fake-registry-client';
import { fakeHub } from './fake-products';
import { PASSWORD, TOKEN, USER, useProviders } from './provider-pair';

const { open } = useProviders();
const LOGIN = 'POST /v2/auth/token';
const NOW = Date.parse('2026-11-02T10:00:00Z');
const isLogin = ({ method }: { method: string }): boolean => method === 'POST';

describe('Docker Hub', () => {
  it('is asked for a token, and with it for the tag', async () => {
    const product = fakeHub();
    const { provider, server } = await open(product);

    expect(await provider.deleteTag('shop/ui', tag('1.0'))).toBe('deleted');
    expect(server.lines).toEqual([LOGIN, 'DELETE /v2/repositories/shop/ui/tags/1.0/']);
    const [login, removal] = server.calls;
    expect(JSON.parse(login?.body ?? '')).toEqual({ identifier: USER, secret: TOKEN });
    expect(login?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(login?.headers.authorization).toBeUndefined();
    expect(removal?.headers.authorization).toBe('Bearer hub-token-1');
    expect(removal?.body).toBe('');
  });

  it("takes the registry's password where there is no token", async () => {
    const product = fakeHub({}, PASSWORD);
    const { provider } = await open(product, { token: null });

    expect(await provider.deleteTag('shop/ui', tag('1.0'))).toBe('deleted');
  });

  it('finds an official image under library', async () => {
    const product = fakeHub({ path: 'ui', before: '/v2/repositories/library/ui/tags/' });
    const { provider } = await open(product);

    expect(await provider.deleteTag('ui', tag('1.0'))).toBe('deleted');
  });

  it('has no repository of more than two parts', async () => {
    const { provider, server } = await open(fakeHub());
    const nested = async (): Promise<unknown> => provider.deleteTag('a/b/c', tag('1.0'));

    expect(await registryErrorOf(nested())).toMatchObject({ code: 'unsupported' });
    expect(server.calls).toHaveLength(0);
  });

  it('gives one token for all deletions, however many begin together', async () => {
    const product = fakeHub();
    const { provider, server } = await open(product);

    const all = ['1.0', '1.1', '2.0'].map((name) => provider.deleteTag('shop/ui', tag(name)));
    expect(await Promise.all(all)).toEqual(['deleted', 'deleted', 'deleted']);
    expect(server.calls.filter(isLogin)).toHaveLength(1);
  });

  it('gives a new token once when one has ended in the middle', async () => {
    const product = fakeHub();
    const { provider, server } = await open(product);
    await provider.deleteTag('shop/ui', tag('1.0'));
    product.endTokens();

    expect(await provider.deleteTag('shop/ui', tag('1.1'))).toBe('deleted');
    expect(server.calls.filter(isLogin)).toHaveLength(2);
  });

  it('says unauthorized when a new token is refused as well', async () => {
    const product = fakeHub();
    const { provider, server } = await open(product);
    const refusal = { status: 401, json: { detail: 'no' } };
    server.failNext(product.isDelete, refusal);
    server.failNext(product.isDelete, refusal);

    const error = await registryErrorOf(provider.deleteTag('shop/ui', tag('1.0')));
    expect(error).toMatchObject({ code: 'unauthorized', retryable: true });
    expect(server.calls).toHaveLength(4);
  });

  it.each([
    ['its claims', { iat: NOW / 1_000, exp: NOW / 1_000 + 600 }, 569_000, 571_000],
    ['its end alone', { exp: NOW / 1_000 + 600 }, 569_000, 571_000],
    [
      'a clock far ahead',
      { iat: NOW / 1_000 + 9e5, exp: NOW / 1_000 + 9e5 + 600 },
      569_000,
      571_000,
    ],
    ['a clock far behind', { exp: 1_000 }, 269_000, 271_000],
    ['no claims', {}, 269_000, 271_000],
  ])('keeps a token until shortly before it ends, by %s', async (_by, claims, early, late) => {
    const clock = new SimulatedClock(NOW);
    const product = fakeHub({ claims: () => claims });
    const { provider, server } = await open(product, { clock });

    await provider.deleteTag('shop/ui', tag('1.0'));
    clock.set(NOW + early);
    await provider.deleteTag('shop/ui', tag('1.1'));
    expect(server.calls.filter(isLogin)).toHaveLength(1);
    clock.set(NOW + late);
    await provider.deleteTag('shop/ui', tag('2.0'));
    expect(server.calls.filter(isLogin)).toHaveLength(2);
  });

  it.each([{ token: 'x' }, { access_token: 'two words' }, { access_token: '' }, []])(
    'takes %j for no token',
    async (json) => {
      const { provider, server } = await open(fakeHub());
      server.failNext(isLogin, { status: 200, json });

      const error = await registryErrorOf(provider.deleteTag('shop/ui', tag('1.0')));
      expect(error.code).toBe('unexpected-answer');
      expect(server.calls).toHaveLength(1);
    },
  );

  it('counts nothing as deleted because a login was cut off', async () => {
    const product = fakeHub();
    const { provider, server } = await open(product);
    server.failNext(isLogin, 'reset');

    expect(await provider.deleteTag('shop/ui', tag('gone'))).toBe('absent');
  });

  it('reads a password again that was changed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tagward-'));
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, PASSWORD);
    const old = new Secret('OLD-password');
    const credentials = { kind: 'password', username: USER, password: old, passwordFile } as const;
    const product = fakeHub({}, PASSWORD);
    const { provider } = await open(product, { token: null, settings: { credentials } });

    expect(await provider.deleteTag('shop/ui', tag('1.0'))).toBe('deleted');
    await rm(folder, { recursive: true });
  });
});
