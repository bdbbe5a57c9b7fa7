import type { FakeRegistryOptions } from '../support/fake-registry';
import { registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';
import { ociImage, ociIndex } from '../support/fake-registry-manifests';
import { PRESETS } from '../support/fake-registry-presets';
import { artifactOf } from './content';

const { start, pair } = useFakes();
const IMAGE = ociImage('one');
const MANIFESTS = '/v2/gallery/ui/manifests';
const SOME_DIGEST = `sha256:${'7'.repeat(64)}`;

/** A request to a fake that holds `1.0`, `1.1` and `1.2`, all on one image. */
async function ask(
  options: FakeRegistryOptions,
  [method = 'GET', path = '']: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const fake = await start(options);
  for (const one of ['1.0', '1.1', '1.2']) fake.pushManifest('gallery/ui', one, IMAGE);
  const body = method === 'PUT' ? { body: new Uint8Array(IMAGE.bytes) } : {};
  const type = { 'content-type': IMAGE.mediaType, ...headers };
  return fetch(fake.url + path, { method, headers: type, ...body });
}

function manyTags(count: number): string {
  const tags = Array.from({ length: count }, (_, number) => `tag=${number}`);
  return `${MANIFESTS}/${IMAGE.digest}?${tags.join('&')}`;
}

describe('the in-memory registry', () => {
  it.each<[string, FakeRegistryOptions, readonly string[], number]>([
    ['a tag in path and query', PRESETS.zot, ['PUT', `${MANIFESTS}/1.0?tag=2`], 400],
    [
      'an illegal tag in the query',
      PRESETS.zot,
      ['PUT', `${MANIFESTS}/${IMAGE.digest}?tag=-`],
      400,
    ],
    ['46 tags at zot', PRESETS.zot, ['PUT', manyTags(46)], 201],
    ['47 tags at zot', PRESETS.zot, ['PUT', manyTags(47)], 414],
    [
      'too many header bytes',
      { multiTag: 'works', multiTagCap: 2, multiTagCapStatus: 431 },
      ['PUT', manyTags(3)],
      431,
    ],
    ['several tags where that is refused', { multiTag: 'refused' }, ['PUT', manyTags(2)], 400],
    ['several tags at Distribution', PRESETS.distribution28, ['PUT', manyTags(2)], 201],
    ['a page of 101 tags at Quay', PRESETS.quay, ['GET', '/v2/gallery/ui/tags/list?n=101'], 413],
    [
      'a page after a tag that has gone',
      PRESETS.zot,
      ['GET', '/v2/gallery/ui/tags/list?last=x'],
      404,
    ],
    [
      'the referrers of an image at Gitea',
      PRESETS.gitea,
      ['GET', `/v2/gallery/ui/referrers/${IMAGE.digest}`],
      404,
    ],
    ['the delete of a tag at Harbor', PRESETS.harbor, ['DELETE', `${MANIFESTS}/1.0`], 400],
    ['the delete of a tag at Docker Hub', PRESETS.dockerHub, ['DELETE', `${MANIFESTS}/1.0`], 405],
    [
      'the delete of a protected tag',
      { tagDelete: 'protected-409' },
      ['DELETE', `${MANIFESTS}/1.0`],
      409,
    ],
    [
      'the delete of an unknown tag beside it',
      { tagDelete: 'protected-409' },
      ['DELETE', `${MANIFESTS}/9`],
      404,
    ],
    [
      'the delete of a tagged image at Google',
      PRESETS.artifactRegistry,
      ['DELETE', `${MANIFESTS}/${IMAGE.digest}`],
      400,
    ],
    [
      'the delete of an untagged image at Quay',
      PRESETS.quay,
      ['DELETE', `${MANIFESTS}/${SOME_DIGEST}`],
      404,
    ],
    [
      'a delete in an unknown repository at zot',
      PRESETS.zot,
      ['DELETE', '/v2/no/body/manifests/1'],
      400,
    ],
    [
      'the list of an unknown repository at olareg',
      PRESETS.olareg,
      ['GET', '/v2/no/body/tags/list'],
      200,
    ],
  ])('answers %s as the product does', async (_, options, request, status) => {
    expect((await ask(options, request)).status).toBe(status);
  });

  it.each([
    ['works', '0, 1'],
    ['works-and-echoes', '0, 1'],
    ['joined', '0, 1'],
    ['partial', '0'],
    ['ignored', null],
  ] as const)(
    'names the tags that it has created where multi-tag is %s',
    async (multiTag, named) => {
      const answer = await ask({ multiTag }, ['PUT', manyTags(2)]);

      expect(answer.headers.get('oci-tag')).toBe(named);
    },
  );

  it('names the tag of a plain PUT where multi-tag echoes', async () => {
    const answer = await ask(PRESETS.olareg, ['PUT', `${MANIFESTS}/3`]);

    expect(answer.headers.get('oci-tag')).toBe('3');
  });

  it('lists what names an image as its subject, filtered by type if asked', async () => {
    const { fake } = await pair(PRESETS.zot);
    const { manifest } = artifactOf('about it', IMAGE);
    fake.pushManifest('gallery/ui', undefined, manifest);
    const url = `${fake.url}/v2/gallery/ui/referrers/${IMAGE.digest}`;

    const all = await fetch(url);
    const other = await fetch(`${url}?artifactType=text/plain`);

    expect(await all.json()).toMatchObject({
      manifests: [{ digest: manifest.digest, artifactType: 'application/vnd.tagward.contract' }],
    });
    expect(other.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(await other.json()).toMatchObject({ manifests: [] });
  });

  it('answers 304 to the ETag of what is there', async () => {
    const path = ['GET', `${MANIFESTS}/1.0`];
    const headers = { 'if-none-match': `"${IMAGE.digest}"` };

    expect((await ask(PRESETS.distribution3, path, headers)).status).toBe(304);
    expect((await ask(PRESETS.zot, path, headers)).status).toBe(200);
  });

  it.each([
    [{ vanishedLast: 'goes-on' }, ['1.1', '1.2']],
    [{ vanishedLast: 'skips-one' }, ['1.2']],
  ] as const)('goes on after a tag that has gone: %j', async (options, tags) => {
    const path = '/v2/gallery/ui/tags/list?last=1.0.5';
    const answer = await ask({ paging: 'link', ...options }, ['GET', path]);

    expect(await answer.json()).toMatchObject({ tags });
  });

  it('links a full last page to an empty one', async () => {
    const options = { paging: 'link', pageSize: 3, emptyLastPage: true } as const;
    const { headers } = await ask(options, ['GET', '/v2/gallery/ui/tags/list']);

    expect(headers.get('link')).toContain('last=1.2');
  });

  it('fails reads of a manifest while it is written again, and no others', async () => {
    const { fake } = await pair({ rePutWindowMs: 60_000 });
    const { mediaType, bytes } = fake.pushImage('gallery/ui', '1.0');
    fake.pushImage('gallery/ui', '2.0');
    const statusOf = async (one: string): Promise<number> =>
      (await fetch(`${fake.url}${MANIFESTS}/${one}`)).status;

    const headers = { 'content-type': mediaType };
    const body = new Uint8Array(bytes);
    const writing = fetch(`${fake.url}${MANIFESTS}/1.1`, { method: 'PUT', headers, body });
    // The write may arrive after the first reads.
    while ((await statusOf('1.0')) !== 500);

    expect(await statusOf('2.0')).toBe(200);
    await fake.stop();
    await expect(writing).rejects.toThrow();
  });

  it('lets go what only a digest holds, as Quay does', async () => {
    const { fake } = await pair(PRESETS.quay);
    const tagged = fake.pushImage('gallery/ui', '1.0');
    const untagged = fake.pushManifest('gallery/ui', undefined, ociIndex([tagged]));

    fake.letUntaggedExpire('gallery/ui');

    expect(fake.manifest('gallery/ui', untagged.digest)).toBeUndefined();
    expect(fake.manifest('gallery/ui', tagged.digest)).toBeDefined();
  });

  it('takes the image with its last tag, as ECR does', async () => {
    const { fake, client } = await pair({ lastTagTakesImage: true });
    const image = fake.pushImage('gallery/ui', '1.0');

    await client.deleteTag(repo('local/gallery/ui'), tag('1.0'));

    expect(fake.manifest('gallery/ui', image.digest)).toBeUndefined();
  });

  it.each([
    ['html', 'unexpected-answer', {}],
    ['oversize', 'answer-too-large', {}],
    ['endless', 'answer-too-large', {}],
    ['slow', 'timeout', { wholeBodyTimeoutMs: 100, maxTries: 1 }],
  ] as const)('spoils reads: a body that is %s ends as %s', async (body, code, tuning) => {
    const { fake, client } = await pair({ body, tuning });
    fake.pushImage('gallery/ui', '1.0');

    const error = await registryErrorOf(client.getManifest(repo('local/gallery/ui'), tag('1.0')));

    expect(error.code).toBe(code);
  });

  it.each([
    [{ form: 'seconds', seconds: 7 }, { 'retry-after': '7' }],
    [{ form: 'date', seconds: 60 }, { 'retry-after': 'Thu, 01 Jan 1970 00:01:00 GMT' }],
    [{ form: 'x-retry-after', seconds: 60 }, { 'x-retry-after': '60' }],
    [{ form: 'none', seconds: 60 }, {}],
  ] as const)('asks for patience: %j', async (limit, expected) => {
    const options = { rateLimit: { every: 1, ...limit }, now: () => 0, warning: 'soon' };
    const { status, headers } = await ask(options, ['GET', `${MANIFESTS}/1.0`]);

    const names = ['retry-after', 'x-retry-after'].filter((name) => headers.has(name));
    expect(status).toBe(429);
    expect(Object.fromEntries(names.map((name) => [name, headers.get(name)]))).toEqual(expected);
    expect(headers.get('warning')).toBe('299 - "soon"');
  });

  it.each([
    ['html', '<!doctype html>'],
    ['plain', 'not today'],
    ['empty', ''],
    ['oci', '{"errors":'],
  ] as const)('says what is wrong in a body that is %s', async (errorBodies, begin) => {
    const answer = await ask({ errorBodies }, ['GET', `${MANIFESTS}/9.9`]);

    expect(answer.status).toBe(404);
    expect((await answer.text()).slice(0, begin.length === 0 ? 9 : begin.length)).toBe(begin);
  });
});
