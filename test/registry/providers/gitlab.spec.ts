import { registryErrorOf, tag } from '../../support/fake-registry-client';
import { fakeGitlab } from './fake-gitlab';
import { TOKEN, useProviders } from './provider-pair';

const { open } = useProviders();
const PATH = 'shop/web/gallery/ui';
const LIST = (project: string): string =>
  `GET /api/v4/projects/${project}/registry/repositories?per_page=100`;
const others = Array.from({ length: 250 }, (_one, index) => ({
  id: 1_000 + index,
  path: `shop/web/other${index}`,
}));

describe('GitLab', () => {
  it('is asked for the longest project, its repository, and the tag', async () => {
    const { provider, server } = await open(fakeGitlab(), { auth: 'none' });

    expect(await provider.deleteTag(PATH, tag('1.0'))).toBe('deleted');
    expect(server.lines).toEqual([
      LIST('shop%2Fweb%2Fgallery%2Fui'),
      LIST('shop%2Fweb%2Fgallery'),
      LIST('shop%2Fweb'),
      'DELETE /api/v4/projects/shop%2Fweb/registry/repositories/7/tags/1.0',
    ]);
    expect(server.calls.every(({ headers }) => headers['private-token'] === TOKEN)).toBe(true);
    expect(server.calls.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it("finds the project's own repository at once", async () => {
    const product = fakeGitlab({ project: 'shop/web', path: 'shop/web' });
    const { provider, server } = await open(product);

    expect(await provider.deleteTag('shop/web', tag('1.0'))).toBe('deleted');
    expect(server.lines[0]).toBe(LIST('shop%2Fweb'));
    expect(server.lines).toHaveLength(2);
  });

  it('follows the pages of a project with many repositories', async () => {
    const product = fakeGitlab({ repositories: [...others, { id: 7, path: PATH }] });
    const { provider, server } = await open(product);

    expect(await provider.deleteTag(PATH, tag('1.0'))).toBe('deleted');
    expect(server.lines.filter((line) => line.includes('page=3'))).toHaveLength(1);
  });

  it('asks no other host for the next page', async () => {
    const other = await open(fakeGitlab());
    const product = fakeGitlab({ repositories: others, nextOrigin: other.server.url });
    const { provider } = await open(product);

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('1.0')));
    expect(error.code).toBe('redirect-refused');
    expect(error.message).toContain('registries.local.provider.url');
    expect(other.server.calls).toHaveLength(0);
  });

  it('reads no more than 100 pages', async () => {
    const product = fakeGitlab({ repositories: others, pageSize: 1 });
    const { provider, server } = await open(product);

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('1.0')));
    expect(error).toMatchObject({ code: 'listing-too-large', retryable: false });
    expect(server.lines.filter((line) => line.includes('shop%2Fweb/'))).toHaveLength(100);
  });

  it.each(['<?page=2>; rel="next', '<?per_page=100>; rel="next"'])(
    'refuses a next page that leads nowhere: %s',
    async (link) => {
      const { provider, server } = await open(fakeGitlab());
      server.failNext(({ method }) => method === 'GET', {
        status: 200,
        headers: { link },
        json: [],
      });

      const error = await registryErrorOf(provider.deleteTag(PATH, tag('1.0')));
      expect(error.code).toBe('unexpected-answer');
    },
  );

  it('says absent when the project has no such repository', async () => {
    const { provider } = await open(fakeGitlab({ repositories: others.slice(0, 2) }));

    expect(await provider.deleteTag(PATH, tag('1.0'))).toBe('absent');
  });

  it('says denied when the token may see no project of the path', async () => {
    const { provider } = await open(fakeGitlab({ project: 'else/where' }));

    const error = await registryErrorOf(provider.deleteTag(PATH, tag('1.0')));
    expect(error).toMatchObject({ code: 'denied', retryable: false });
  });

  it('looks a repository up once', async () => {
    const { provider, server } = await open(fakeGitlab());
    await provider.deleteTag(PATH, tag('1.0'));
    const before = server.calls.length;

    expect(await provider.deleteTag(PATH, tag('1.1'))).toBe('deleted');
    expect(server.calls).toHaveLength(before + 1);
  });

  it('finds a repository again that was made anew', async () => {
    const product = fakeGitlab();
    const { provider } = await open(product);
    await provider.deleteTag(PATH, tag('1.0'));
    product.repositories = [{ id: 8, path: PATH }];

    expect(await provider.deleteTag(PATH, tag('1.1'))).toBe('deleted');
    expect(await provider.deleteTag(PATH, tag('gone'))).toBe('absent');
  });
});
