import { registryErrorOf, tag } from '../../support/fake-registry-client';
import { fakeQuay } from './fake-products';
import { TOKEN, useProviders } from './provider-pair';

const { open } = useProviders();

describe('Quay', () => {
  it('is asked with an OAuth token for the tag', async () => {
    const product = fakeQuay();
    const { provider, server } = await open(product, { auth: 'none' });

    expect(await provider.deleteTag(product.path, tag('1.0'))).toBe('deleted');
    expect(server.lines).toEqual(['DELETE /api/v1/repository/shop/ui/tag/1.0']);
    expect(server.calls[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('keeps the slashes of a nested repository', async () => {
    const product = fakeQuay('shop/gallery/ui', '/api/v1/repository/shop/gallery/ui/tag/');
    const { provider } = await open(product);

    expect(await provider.deleteTag(product.path, tag('1.0'))).toBe('deleted');
  });

  it('says refused of an immutable tag', async () => {
    const product = fakeQuay();
    const { provider } = await open(product);

    const error = await registryErrorOf(provider.deleteTag(product.path, tag('kept')));
    expect(error).toMatchObject({ code: 'refused', status: 409, retryable: false });
  });

  it('has no repository outside a namespace', async () => {
    const { provider } = await open(fakeQuay());
    const outside = async (): Promise<unknown> => provider.deleteTag('ui', tag('1.0'));

    expect(await registryErrorOf(outside())).toMatchObject({ code: 'unsupported' });
  });
});
