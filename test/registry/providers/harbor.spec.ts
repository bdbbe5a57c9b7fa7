import { registryErrorOf, tag } from '../../support/fake-registry-client';
import { fakeHarbor } from './fake-products';
import { basic, PASSWORD, TOKEN, USER, useProviders } from './provider-pair';

const { open } = useProviders();

describe('Harbor', () => {
  it('is asked with Basic for the tag of an artifact', async () => {
    const product = fakeHarbor();
    const { provider, server } = await open(product);

    expect(await provider.deleteTag(product.path, tag('1.0'))).toBe('deleted');
    expect(server.lines).toEqual([
      'DELETE /api/v2.0/projects/shop/repositories/gallery%252Fui/artifacts/1.0/tags/1.0',
    ]);
    expect(server.calls[0]?.headers.authorization).toBe(basic(USER, TOKEN));
    expect(server.calls[0]?.body).toBe('');
  });

  it.each([
    ['shop/ui', 'ui'],
    ['shop/gallery/ui', 'gallery%252Fui'],
    ['shop/a/b/c', 'a%252Fb%252Fc'],
    ['shop/a__b.c-d', 'a__b.c-d'],
  ])('encodes the repository of %s as %s', async (path, repository) => {
    const product = fakeHarbor(path, repository);
    const { provider } = await open(product);

    expect(await provider.deleteTag(path, tag('1.0'))).toBe('deleted');
  });

  it('says refused of an immutable tag', async () => {
    const product = fakeHarbor();
    const { provider } = await open(product);

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('kept')));
    expect(error).toMatchObject({ code: 'refused', status: 412, retryable: false });
  });

  it("takes the registry's password where there is no token", async () => {
    const { provider, server } = await open(fakeHarbor(), { token: null });

    await registryErrorOf(provider.deleteTag('shop/gallery/ui', tag('1.0')));
    expect(server.calls[0]?.headers.authorization).toBe(basic(USER, PASSWORD));
  });

  it('wants a user name beside a token', async () => {
    const { provider } = await open(fakeHarbor(), { auth: 'none' });

    const error = await registryErrorOf(provider.deleteTag('shop/gallery/ui', tag('1.0')));
    expect(error.code).toBe('unauthorized');
    expect(error.message).toContain('registries.local.auth.username');
  });

  it('has no repository outside a project', async () => {
    const { provider, server } = await open(fakeHarbor());
    const outside = async (): Promise<unknown> => provider.deleteTag('ui', tag('1.0'));

    expect(await registryErrorOf(outside())).toMatchObject({ code: 'unsupported' });
    expect(server.calls).toHaveLength(0);
  });
});
