import { requestTo } from '../support/fake-registry';
import { errorAnswer } from '../support/fake-registry-behaviour';
import { registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';
import { ociImage } from '../support/fake-registry-manifests';

const UI = repo('local/gallery/ui');
const PATH = 'gallery/ui';
const { pair } = useFakes();

describe('deleteTag', () => {
  it('deletes one tag and leaves its siblings', async () => {
    const { fake, client } = await pair();
    fake.pushImage(PATH, '1.0.0', { seed: 'same' });
    fake.pushImage(PATH, '1.0', { seed: 'same' });

    expect(await client.deleteTag(UI, tag('1.0'))).toBe('deleted');
    expect([...fake.tags(PATH).keys()]).toEqual(['1.0.0']);
    expect(fake.writes.map(({ path }) => path)).toEqual([`/v2/${PATH}/manifests/1.0`]);
  });

  it.each([200, 202, 204])('takes %d as deleted', async (status) => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('DELETE'), { status });

    expect(await client.deleteTag(UI, tag('1.0'))).toBe('deleted');
  });

  it('says absent when the tag or the repository is not there', async () => {
    const { fake, client } = await pair();

    expect(await client.deleteTag(UI, tag('1.0'))).toBe('absent');
    fake.pushImage(PATH, '1.0.0');
    expect(await client.deleteTag(UI, tag('1.0'))).toBe('absent');
  });

  it.each([
    ['digest-invalid', 'unsupported'],
    ['unsupported', 'unsupported'],
    ['disabled', 'unsupported'],
    ['denied', 'denied'],
  ] as const)('says of a registry that is "%s": %s', async (tagDelete, code) => {
    const { fake, client } = await pair({ tagDelete });
    fake.pushImage(PATH, '1.0');

    expect(await registryErrorOf(client.deleteTag(UI, tag('1.0')))).toMatchObject({
      code,
      retryable: false,
    });
    expect(fake.tags(PATH).size).toBe(1);
    expect(fake.writes).toHaveLength(1);
  });

  it.each([409, 412])('says refused to a %d', async (status) => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('DELETE'), { status });

    expect(await registryErrorOf(client.deleteTag(UI, tag('1.0')))).toMatchObject({
      code: 'refused',
    });
  });

  it.each(['reset', 'reset-after-effect'] as const)(
    'counts as its own after a %s',
    async (fault) => {
      const { fake, client } = await pair();
      fake.pushImage(PATH, '1.0');
      fake.failNext(requestTo('DELETE'), fault);

      expect(await client.deleteTag(UI, tag('1.0'))).toBe('deleted');
      expect(fake.tags(PATH).size).toBe(0);
    },
  );

  it('never becomes the delete of a digest by a redirect', async () => {
    const { fake, client } = await pair();
    const { digest } = fake.pushImage(PATH, '1.0');
    const location = `/v2/${PATH}/manifests/${digest}`;
    fake.failNext(requestTo('DELETE'), { status: 307, headers: { location } });

    expect(await registryErrorOf(client.deleteTag(UI, tag('1.0')))).toMatchObject({
      code: 'redirect-refused',
    });
    expect(fake.tags(PATH).get('1.0')).toBe(digest);
  });
});

describe('deleteManifest', () => {
  it('deletes a manifest and every tag of it', async () => {
    const { fake, client } = await pair({ tagDelete: 'digest-invalid' });
    const { digest } = fake.pushImage(PATH, '1.0.0', { seed: 'same' });
    fake.pushImage(PATH, '1.0', { seed: 'same' });
    fake.pushImage(PATH, '2.0.0');

    expect(await client.deleteManifest(UI, digest)).toBe('deleted');
    expect([...fake.tags(PATH).keys()]).toEqual(['2.0.0']);
    expect(await client.deleteManifest(UI, digest)).toBe('absent');
  });

  it.each([
    ['disabled', 'unsupported'],
    ['denied', 'denied'],
    ['dangling-tag', 'refused'],
    ['protects-children', 'unsupported'],
  ] as const)('says of a registry that is "%s": %s', async (digestDelete, code) => {
    const { fake, client } = await pair({ digestDelete });
    fake.pushIndex(PATH, '1.0');
    const child = ociImage('1.0 amd64');
    fake.pushManifest(PATH, 'child', child);

    expect(await registryErrorOf(client.deleteManifest(UI, child.digest))).toMatchObject({ code });
    expect(fake.manifest(PATH, child.digest)).toBeDefined();
  });
});

describe('probeDeletion', () => {
  it.each([
    ['works', 'works', 'works', 'works'],
    ['digest-invalid', 'works', 'unsupported', 'works'],
    ['unsupported', 'works', 'own-api', 'works'],
    ['disabled', 'disabled', 'disabled', 'disabled'],
    ['denied', 'denied', 'denied', 'denied'],
  ] as const)(
    'finds of tags "%s" and digests "%s": %s, %s',
    async (tagDelete, digestDelete, tags, digests) => {
      const { fake, client } = await pair({ tagDelete, digestDelete });
      fake.pushImage(PATH, '1.0');

      expect(await client.probeDeletion(UI)).toMatchObject({
        tagDelete: tags,
        digestDelete: digests,
      });
      expect(fake.tags(PATH).size).toBe(1);
      expect(fake.writes).toHaveLength(2);
    },
  );

  it('proves nothing in a repository that the registry does not know', async () => {
    const { client } = await pair();

    expect(await client.probeDeletion(UI)).toMatchObject({
      tagDelete: 'unproven',
      digestDelete: 'unproven',
    });
  });

  it('asks once, and again only for what has to be fresh', async () => {
    const { fake, client } = await pair();
    fake.pushImage(PATH, '1.0');
    await client.probeDeletion(UI);
    fake.behaviour.digestDelete = 'disabled';

    expect(await client.probeDeletion(UI)).toMatchObject({ digestDelete: 'works' });
    expect(fake.writes).toHaveLength(2);
    expect(await client.probeDeletion(UI, { fresh: true })).toMatchObject({
      digestDelete: 'disabled',
    });
    expect(await client.capabilities(UI)).toMatchObject({ digestDelete: 'disabled' });
  });

  it.each([
    ['denied', 'denied'],
    ['works', 'unproven'],
  ] as const)('forgets what another look does not show: "%s"', async (digestDelete, answer) => {
    const { fake, client } = await pair();
    fake.pushImage(PATH, '1.0');
    await client.probeDeletion(UI);
    fake.behaviour.digestDelete = digestDelete;
    if (answer === 'unproven') fake.failNext(requestTo('DELETE'), { status: 418 }, 2);

    expect(await client.probeDeletion(UI, { fresh: true })).toMatchObject({ digestDelete: answer });
    expect(await client.capabilities(UI)).toMatchObject({ digestDelete: 'unproven' });
  });

  it('says denied to a 401', async () => {
    const { client } = await pair({ auth: { kind: 'basic', username: 'u', password: 'p' } });

    expect(await client.probeDeletion(UI)).toMatchObject({
      tagDelete: 'denied',
      digestDelete: 'denied',
    });
  });

  it.each([202, 400, 418])('proves nothing by a %d', async (status) => {
    const { fake, client } = await pair();
    fake.pushImage(PATH, '1.0');
    const answer = status === 400 ? errorAnswer(400, 'NAME_INVALID') : { status };
    fake.failNext(requestTo('DELETE'), answer, 2);

    expect(await client.probeDeletion(UI)).toMatchObject({
      tagDelete: 'unproven',
      digestDelete: 'unproven',
    });
  });
});
