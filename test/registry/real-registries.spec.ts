import { pushDockerSchema2, pushImage, pushIndex } from '../../scripts/push-image';
import { describeOnRealRegistries, TEST_USER } from '../support/real-registries';
import { FakeRegistry } from '../support/fake-registry';
import { credentials, registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';

const { connect } = useFakes();

/** What every registry must do with this client, the fake one included. */
function contract(startRegistry: () => Promise<{ readonly url: string }>): void {
  let url = '';
  const path = `tagward-contract/r${Date.now().toString(36)}`;
  const repository = repo(`local/${path}`);

  beforeAll(async () => {
    ({ url } = await startRegistry());
  });

  it('keeps the bytes of an image, an index and a Docker image over a retag', async () => {
    const client = connect(url);
    const target = { url, repository: path };
    await pushImage({ ...target, tag: '1.0.0', content: 'one' });
    await pushIndex({ ...target, tag: '2.0.0', content: 'two' });
    await pushDockerSchema2({ ...target, tag: '3.0.0', content: 'three' });

    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      const manifest = await client.getManifest(repository, tag(version));
      await client.putManifest(repository, tag(`moved-${version}`), manifest);

      expect(await client.getManifest(repository, tag(`moved-${version}`))).toEqual(manifest);
      expect(await client.findManifest(repository, manifest.digest)).toMatchObject({
        digest: manifest.digest,
        mediaType: manifest.mediaType,
      });
    }
  });

  it('lists tags, and none of an unknown repository', async () => {
    const client = connect(url);
    await pushImage({ url, repository: path, tag: 'listed', content: 'one' });

    expect(await client.listTags(repository)).toContain('listed');
    expect(await client.listTags(repo('local/tagward-contract/nobody-knows'))).toEqual([]);
    expect(await client.findManifest(repository, tag('nobody-knows'))).toBeUndefined();
  });

  it('deletes what the probe says that can be deleted', async () => {
    const client = connect(url);
    await pushImage({ url, repository: path, tag: 'doomed', content: 'doomed' });
    await pushImage({ url, repository: path, tag: 'sibling', content: 'doomed' });
    const { tagDelete, digestDelete } = await client.probeDeletion(repository);
    const { digest } = await client.getManifest(repository, tag('doomed'));

    const outcome = await client
      .deleteTag(repository, tag('doomed'))
      .catch((error: unknown) => error);

    expect(outcome === 'deleted').toBe(tagDelete === 'works');
    expect(await client.findManifest(repository, tag('sibling'))).toMatchObject({ digest });
    expect(digestDelete).toBe('works');
    expect(await client.deleteManifest(repository, digest)).toBe('deleted');
    expect(await client.findManifest(repository, tag('sibling'))).toBeUndefined();
  });
}

describe('HttpImageRegistry on the fake registry', () => {
  let fake: FakeRegistry | undefined;
  afterAll(() => fake?.stop());

  contract(async () => {
    fake = await FakeRegistry.start();
    return fake;
  });
});

describeOnRealRegistries('HttpImageRegistry', (start) => {
  contract(() => start());

  it('finds deletes switched off', async () => {
    const { url } = await start({ deletes: false });
    await pushImage({ url, repository: 'a/b', tag: '1.0', content: 'one' });

    expect(await connect(url).probeDeletion(repo('local/a/b'))).toMatchObject({
      digestDelete: 'disabled',
    });
  });

  it('authorises itself by htpasswd', async () => {
    const { username, password, htpasswd } = TEST_USER;
    const { url } = await start({ htpasswd });
    const settings = { credentials: credentials(username, password) };

    expect(await connect(url, { settings }).listTags(repo('local/a/b'))).toEqual([]);
    expect(await registryErrorOf(connect(url).listTags(repo('local/a/b')))).toMatchObject({
      code: 'unauthorized',
    });
  });
});
