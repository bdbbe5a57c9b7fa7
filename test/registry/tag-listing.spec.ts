import { requestTo } from '../support/fake-registry';
import { registryErrorOf, repo, useFakes } from '../support/fake-registry-client';

const UI = repo('local/gallery/ui');
const PATH = 'gallery/ui';
const { pair } = useFakes();

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => `t${String(number).padStart(5, '0')}`);
}

describe('listTags', () => {
  it.each(['link', 'link-unquoted', 'link-absolute'] as const)(
    'follows every page with paging %s',
    async (paging) => {
      const { fake, client } = await pair({ paging, pageSize: 3 });
      for (const name of names(10)) fake.pushImage(PATH, name, { seed: 'same' });

      expect([...(await client.listTags(UI))].sort()).toEqual(names(10));
      expect(fake.requests).toHaveLength(4);
      expect(fake.requests[0]?.query).toBe('');
    },
  );

  it('asks once for a list that is not paged', async () => {
    const { fake, client } = await pair({ paging: 'ignored' });
    for (const name of names(250)) fake.pushImage(PATH, name, { seed: 'same' });

    expect(await client.listTags(UI)).toHaveLength(250);
    expect(fake.requests).toHaveLength(1);
  });

  it.each([99, 100, 101, 200, 201, 1_000, 1_001])(
    'finds %d tags in pages of 100 and 1,000 without a link, once each',
    async (count) => {
      for (const pageSize of [100, 1_000]) {
        const { fake, client } = await pair({ paging: 'none', pageSize });
        for (const name of names(count)) fake.pushImage(PATH, name, { seed: 'same' });

        expect([...(await client.listTags(UI))].sort()).toEqual(names(count));
      }
    },
  );

  it.each([100, 1_000])('stops when a registry with %d tags ignores `last`', async (count) => {
    const { fake, client } = await pair({ paging: 'ignored' });
    for (const name of names(count)) fake.pushImage(PATH, name, { seed: 'same' });

    expect(await client.listTags(UI)).toHaveLength(count);
    expect(fake.requests).toHaveLength(2);
  });

  it('takes a list of 100 as whole when the registry does not know `last`', async () => {
    const { fake, client } = await pair({ paging: 'ignored' });
    for (const name of names(100)) fake.pushImage(PATH, name, { seed: 'same' });
    fake.failNext((request) => request.query.has('last'), { status: 404 });

    expect(await client.listTags(UI)).toHaveLength(100);
  });

  it.each([
    ['an unknown repository by 404', { unknownRepository: 'not-found' }, undefined],
    ['an unknown repository by an empty list', { unknownRepository: 'empty' }, undefined],
    ['`tags: null`', { nullTags: true }, 'gone'],
  ] as const)('is empty for %s', async (_name, behaviour, pushed) => {
    const { fake, client } = await pair(behaviour);
    if (pushed !== undefined) fake.pushImage(PATH, pushed);
    if (pushed !== undefined) fake.removeTag(PATH, pushed);

    expect(await client.listTags(UI)).toEqual([]);
  });

  it('drops what is no legal tag, and duplicates', async () => {
    const { fake, client } = await pair();
    const tags = ['1.0', '1.0', '.hidden', 'a b', '', 'x'.repeat(129), 'sha256:abc', '2.0'];
    fake.failNext(requestTo('GET'), { status: 200, body: { tags } });

    expect(await client.listTags(UI)).toEqual(['1.0', '2.0']);
  });

  it('takes the empty last page that follows a full one', async () => {
    const { fake, client } = await pair();
    const link = `</v2/${PATH}/tags/list?last=b>; rel="next"`;
    fake.failNext(requestTo('GET'), { status: 200, headers: { link }, body: { tags: ['a', 'b'] } });
    fake.failNext(requestTo('GET'), { status: 200, body: { tags: null } });

    expect(await client.listTags(UI)).toEqual(['a', 'b']);
  });

  it('refuses pages on another host and dials none', async () => {
    const { fake, client } = await pair({ paging: 'link-off-origin', pageSize: 2 });
    for (const name of names(3)) fake.pushImage(PATH, name);

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'redirect-refused', retryable: false });
    expect(error.message).toContain('registry.invalid');
  });

  it('does not follow pages that lead back', async () => {
    const { fake, client } = await pair({ paging: 'link-loop', pageSize: 2 });
    for (const name of names(3)) fake.pushImage(PATH, name);

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({ code: 'unexpected-answer' });
    expect(fake.requests).toHaveLength(1);
  });

  it.each([
    ['pages', { maxListingPages: 2 }],
    ['tags', { maxListingTags: 5 }],
    ['bytes', { maxListingBytes: 100 }],
  ])('says listing-too-large to too many %s', async (_name, tuning) => {
    const { fake, client } = await pair({ paging: 'link', pageSize: 2, tuning });
    for (const name of names(10)) fake.pushImage(PATH, name);

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({ code: 'listing-too-large' });
  });

  it.each([
    ['HTML', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['broken JSON', { status: 200, body: '{"tags":["a"' }],
    ['no tags at all', { status: 200, body: { name: PATH } }],
    ['tags that are no text', { status: 200, body: { tags: [1] } }],
    ['a 404 of something else', { status: 404, body: '404 page not found' }],
    ['a broken Link', { status: 200, headers: { link: 'next page' }, body: { tags: [] } }],
  ])('says unexpected-answer to %s', async (_name, answer) => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('GET'), answer);

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({
      code: 'unexpected-answer',
      retryable: false,
    });
  });

  it('may be tried again when a page went away meanwhile', async () => {
    const { fake, client } = await pair({ paging: 'link', pageSize: 2 });
    for (const name of names(3)) fake.pushImage(PATH, name);
    fake.failNext((request) => request.query.has('last'), { status: 404 });

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({ retryable: true });
  });

  it('goes on after a page that failed once', async () => {
    const { fake, client } = await pair({ paging: 'link', pageSize: 2 });
    for (const name of names(5)) fake.pushImage(PATH, name);
    fake.failNext((request) => request.query.has('last'), { status: 500 });
    fake.failNext((request) => request.query.has('last'), 'reset');

    expect(await client.listTags(UI)).toHaveLength(5);
  });
});
