import LinkHeader from 'http-link-header';
import { DeliveryAnswer } from '../../src/deliveries/delivery.schema';
import { pageOf } from '../../src/http/answers.schema';
import { encodeCursor, PageQuery } from '../../src/http/page';
import { Problem, type RunningService, startService } from '../support/service';
import { NOWHERE } from '../deliveries/delivery-list';
import { envelope, eventHeaders, push } from '../deliveries/distribution-events';

const ROWS = 210;

let service: RunningService;

beforeAll(async () => {
  service = await startService({ registryUrl: NOWHERE });
  const events = Array.from({ length: ROWS }, (_, patch) => push(`1.0.${patch}`));
  await service.client.send('POST', '/webhooks/events', eventHeaders(), envelope(...events));
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
});

describe('a list', () => {
  it.each([
    ['', 50],
    ['?limit=1', 1],
    ['?limit=200', 200],
    ['?limit=201', 200],
    ['?limit=1e9', 200],
    ['?limit=1000000000', 200],
  ])('has with "%s" %i items', async (query, length) => {
    const { items } = await readPage(`/api/v1/deliveries${query}`);

    expect(items).toHaveLength(length);
  });

  it.each([
    ...[
      'limit=0',
      'limit=-1',
      'limit=abc',
      'limit=1.5',
      'limit=',
      'limit=1e400',
      'limit=1&limit=2',
    ],
    ...['unknown=1', 'offset=10', 'sort=;drop', 'filter[a][b]=', '__proto__=1', 'constructor=1'],
    ...['cursor=', 'cursor=abc', 'cursor=%00', `cursor=${'c'.repeat(301)}`],
    ...[
      `cursor=${encodeCursor('text')}`,
      `cursor=${encodeCursor(-1)}`,
      `cursor=${encodeCursor(0.5)}`,
    ],
    ...['status=lost', 'status=done&status=dead', 'repository=ui', 'repository=local/../x'],
    `source=${'s'.repeat(101)}`,
  ])('refuses ?%s', async (query) => {
    const answer = await service.client.get(`deliveries?${query}`);

    expect(answer.status).toBe(400);
    expect(Problem.parse(answer.json)).toMatchObject({ code: 'query-invalid' });
  });

  it.each([
    ...['moves?unknown=1', 'moves?kind=lost', 'moves?tag=-rf', 'moves?since=yesterday'],
    ...['moves?until=2026-02-30T00:00:00Z', 'moves?repository=UPPER/case', 'moves?cursor=abc'],
    ...['repositories?unknown=1', 'repositories?limit=0', 'deliveries/-1', 'deliveries/1.5'],
    ...['deliveries/99999999999999999999', 'retention-plans/abc', 'retention-runs/abc'],
  ])('refuses %s', async (path) => {
    const answer = await service.client.get(path);

    expect(Problem.parse(answer.json)).toMatchObject({ status: 400, code: 'query-invalid' });
  });

  it.each([1_000, 105, 70, 33])(
    'shows every row once, newest first, in pages of %i',
    async (limit) => {
      const ids = await walk(`/api/v1/deliveries?limit=${limit}`);

      expect(ids).toHaveLength(ROWS);
      expect(ids).toEqual([...new Set(ids)].sort((left, right) => right - left));
    },
  );

  it('shows every older row once while newer ones arrive', async () => {
    const before = await walk('/api/v1/deliveries?limit=200');

    const during: number[] = [];
    let next: string | undefined = '/api/v1/deliveries?limit=50';
    for (let page = 0; next !== undefined; page += 1) {
      const { items, link } = await readPage(next);
      during.push(...items.map(({ id }) => id));
      next = link;
      await announce(`2.0.${page}`);
    }

    expect(during).toEqual(before);
  });

  it('keeps its filters from page to page', async () => {
    const query = 'limit=1&source=events&status=pending&repository=local/gallery/other';
    await announce('1.0.0', 'gallery/other');
    await announce('1.0.1', 'gallery/other');

    const ids = await walk(`/api/v1/deliveries?${query}`);

    expect(ids).toHaveLength(2);
  });

  it('is empty behind its end', async () => {
    const { items, link } = await readPage(`/api/v1/deliveries?cursor=${encodeCursor(0)}`);

    expect([items, link]).toEqual([[], undefined]);
  });
});

describe('the limit of a page', () => {
  it('is 50 when nobody asks', () => {
    expect(PageQuery.parse({})).toEqual({ limit: 50 });
  });
});

interface PageAnswer {
  readonly items: readonly DeliveryAnswer[];
  /** Path of the next page. */
  readonly link: string | undefined;
}

/** Fails unless `Link` and `nextCursor` say the same. */
async function readPage(path: string): Promise<PageAnswer> {
  const answer = await service.client.send('GET', path);
  const { items, nextCursor } = pageOf(DeliveryAnswer).strict().parse(answer.json);
  const header = LinkHeader.parse(answer.headers.get('link') ?? '');
  const link = header.rel('next').at(0)?.uri;
  const linked = link === undefined ? undefined : new URL(link, NOWHERE).searchParams.get('cursor');
  expect(linked).toBe(nextCursor);
  return { items, link };
}

/** The ids of all pages. */
async function walk(path: string): Promise<readonly number[]> {
  const ids: number[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const { items, link }: PageAnswer = await readPage(next);
    ids.push(...items.map(({ id }) => id));
    next = link;
  }
  return ids;
}

async function announce(tag: string, repository = 'gallery/ui'): Promise<void> {
  const body = envelope(push(tag, { repository }));
  await service.client.send('POST', '/webhooks/events', eventHeaders(), body);
}
