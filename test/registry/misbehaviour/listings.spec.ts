import {
  answerWith,
  flood,
  garbage,
  interim,
  inTurn,
  json,
  oldHttp,
  page,
  redirect,
  resetAtOnce,
  truncate,
} from '../../support/misbehaviours';
import { type Misbehaviour, requestTo } from '../../support/misbehaving-proxy';
import type { ProxiedAnswer } from '../../support/proxied-exchange';
import { expectRecovery, outcomeOf } from './outcomes';
import { describeBehindProxy, type Scene } from './scene';

const EACH = Number.POSITIVE_INFINITY;
const MIB = 1024 * 1024;
const TAGS = ['1.0.0', '2.0.0', 'stable'];

function pageOfTags(tags: readonly string[] | null, link?: string): ProxiedAnswer {
  return json({ name: 'gallery/ui', tags }, link === undefined ? {} : { link });
}

function next(reference: string): string {
  return `<${reference}>; rel="next"`;
}

/** Each page leads to one that was not asked for before. */
function endless(tags: (number: number) => readonly string[]): Misbehaviour {
  return (exchange, turn) => {
    const link = next(`list?last=t${1_000_000 + turn}`);
    return answerWith(pageOfTags(tags(turn), link))(exchange, turn);
  };
}

/** What the proxy does to the first page, or to each; how the listing ends. */
type Case = readonly [
  name: string,
  act: Misbehaviour,
  times: number,
  outcome: string,
  mostRequests: number,
];

const CASES: readonly Case[] = [
  ['reset once', resetAtOnce, 1, 'done', 2],
  ['reset each time', resetAtOnce, EACH, 'unreachable?', 5],
  ['truncated once', truncate('early'), 1, 'done', 2],
  ['truncated each time', truncate('early'), EACH, 'unreachable?', 5],
  ['truncated, with a length that fits', truncate('short'), EACH, 'unexpected-answer', 1],
  ['longer than its length', truncate('overlong'), EACH, 'unexpected-answer', 1],
  ['a web page', answerWith(page()), EACH, 'unexpected-answer', 1],
  ['nothing', answerWith({ status: 200 }), EACH, 'unexpected-answer', 1],
  ['no list', answerWith(json({ tags: 'all' })), EACH, 'unexpected-answer', 1],
  ['a list of numbers', answerWith(json({ tags: [1, 2] })), EACH, 'unexpected-answer', 1],
  [
    'a bottomless list',
    answerWith({ status: 200, body: '['.repeat(100_000) }),
    EACH,
    'unexpected-answer',
    1,
  ],
  ['204', answerWith({ status: 204 }), EACH, 'unexpected-answer', 1],
  ['404 without JSON', answerWith(page(404)), EACH, 'unexpected-answer', 1],
  [
    '404 of another kind',
    answerWith({ status: 404, body: '{"errors":[{"code":"X"}]}' }),
    EACH,
    'unexpected-answer',
    1,
  ],
  ['403', answerWith(page(403)), EACH, 'denied', 1],
  ['500 once', answerWith({ status: 500 }), 1, 'done', 2],
  ['502 each time', answerWith(page(502)), EACH, 'server-error?', 5],
  ['garbled', garbage, EACH, 'unexpected-answer?', 1],
  ['HTTP/1.0', oldHttp, EACH, 'done', 1],
  ['103 first', interim(103), EACH, 'done', 1],
  ['redirected in a circle', answerWith(redirect(307, '?again')), EACH, 'redirect-refused', 6],
  [
    'a Link that is none',
    answerWith(pageOfTags(['a'], '<<<;;; rel=')),
    EACH,
    'unexpected-answer',
    1,
  ],
  [
    'a Link to no URL',
    answerWith(pageOfTags(['a'], next('http://['))),
    EACH,
    'unexpected-answer',
    1,
  ],
  [
    'a Link to a file',
    answerWith(pageOfTags(['a'], next('file:///etc/passwd'))),
    EACH,
    'redirect-refused',
    1,
  ],
  ['a Link to itself', answerWith(pageOfTags(['a'], next('list'))), EACH, 'unexpected-answer', 1],
  [
    'Links in a circle',
    inTurn(...[1, 2, 1].map((last) => answerWith(pageOfTags(['a'], next(`list?last=${last}`))))),
    EACH,
    'unexpected-answer',
    3,
  ],
  [
    'pages without end',
    endless((number) => [`t${1_000_000 + number}`]),
    EACH,
    'listing-too-large',
    20,
  ],
  [
    'a second page that is a web page',
    inTurn(answerWith(pageOfTags(['a'], next('list?last=a'))), answerWith(page())),
    EACH,
    'unexpected-answer',
    2,
  ],
  [
    'a second page that is gone',
    inTurn(answerWith(pageOfTags(['a'], next('list?last=a'))), answerWith(page(404))),
    EACH,
    'unexpected-answer?',
    2,
  ],
  [
    'a second page that fails once',
    inTurn(
      answerWith(pageOfTags(['1.0.0', '2.0.0'], next('list?last=2.0.0'))),
      resetAtOnce,
      answerWith(pageOfTags(['stable'])),
    ),
    EACH,
    'done',
    3,
  ],
];

const list = ({ client, repository }: Scene): Promise<void> =>
  client.listTags(repository).then((tags) => {
    expect([...tags].sort()).toEqual(TAGS);
  });

describeBehindProxy('a list of tags', (stage) => {
  it.each(CASES)('%s', async (_name, act, times, outcome, mostRequests) => {
    const scene = await stage.read({ tuning: { maxListingPages: 20 } });
    scene.proxy.misbehave(requestTo('*'), act, times);

    expect(await outcomeOf(list(scene))).toBe(outcome);
    expect(scene.proxy.requests.length).toBeLessThanOrEqual(mostRequests);
    await expectRecovery(scene);
  });

  it.each([
    ['the same tags', (): readonly string[] => ['1.0.0', '2.0.0']],
    ['no tags', (): readonly string[] => []],
  ])('with ever new Links to %s ends', async (_name, tags) => {
    const scene = await stage.read({ tuning: { maxListingPages: 20 } });
    scene.proxy.misbehave(requestTo('*'), endless(tags));

    expect(await outcomeOf(list(scene))).toMatch(/^(?:listing-too-large|unexpected-answer)$/);
    expect(scene.proxy.requests.length).toBeLessThanOrEqual(20);
    await expectRecovery(scene);
  });

  it.each(['', '//', 'https:'])('that goes on at another host (%s) is refused', async (form) => {
    const scene = await stage.read();
    const { elsewhere, proxy, path } = scene;
    const host = new URL(form === 'https:' ? proxy.url : elsewhere.url).host;
    const prefix = form === '//' ? '//' : `${form === '' ? 'http:' : form}//`;
    const link = next(`${prefix}${host}/v2/${path}/tags/list?last=a`);
    proxy.misbehave(requestTo('*'), answerWith(pageOfTags(['a'], link)));

    expect(await outcomeOf(list(scene))).toBe('redirect-refused');
    expect(proxy.requests).toHaveLength(1);
    await expectRecovery(scene);
  });

  it.each([
    ['length', 200, 'listing-too-large'],
    ['chunked', 200, 'listing-too-large'],
    ['chunked', 503, 'server-error?'],
  ] as const)('of 200 MB (%s, %d) is not read', async (how, status, outcome) => {
    const scene = await stage.read();
    const before = process.memoryUsage().arrayBuffers;
    scene.proxy.misbehave(requestTo('*'), flood(how, status, '{"tags":["a"'));

    expect(await outcomeOf(list(scene))).toBe(outcome);
    const sent = scene.proxy.requests.map(({ sentBytes }) => sentBytes);
    expect(Math.max(...sent)).toBeLessThan((status === 200 ? 72 : 8) * MIB);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150 * MIB);
    await expectRecovery(scene);
  });

  it('of many large pages is dropped at the limit of all of them', async () => {
    const scene = await stage.read({ tuning: { maxListingBytes: MIB } });
    const many = (number: number): readonly string[] =>
      Array.from({ length: 10_000 }, (_, at) => `t${number}.${at}`);
    scene.proxy.misbehave(requestTo('*'), endless(many));

    expect(await outcomeOf(list(scene))).toBe('listing-too-large');
    expect(scene.proxy.requests.length).toBeLessThanOrEqual(12);
    await expectRecovery(scene);
  });
});
