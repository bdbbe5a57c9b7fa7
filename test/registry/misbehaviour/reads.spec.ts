import { ociIndex } from '../../support/fake-registry-manifests';
import { tag } from '../../support/fake-registry-client';
import {
  answerWith,
  bodyAfterHead,
  flood,
  garbage,
  hugeHeaders,
  interim,
  inTurn,
  json,
  loseAnswer,
  oldHttp,
  page,
  redirect,
  resetAtOnce,
  truncate,
  withBody,
  withHeaders,
} from '../../support/misbehaviours';
import { type Misbehaviour, requestTo } from '../../support/misbehaving-proxy';
import { expectRecovery, outcomeOf } from './outcomes';
import { describeBehindProxy, type Scene } from './scene';

const STABLE = tag('stable');
const OTHER = ociIndex([], { is: 'other' });
const EACH = Number.POSITIVE_INFINITY;
const MIB = 1024 * 1024;

/** What the proxy does to the first read, or to each; how a HEAD and a GET end. */
type Case = readonly [
  name: string,
  act: Misbehaviour,
  times: number,
  head: string,
  get: string,
  mostRequests: number,
];

const CASES: readonly Case[] = [
  ['reset once', resetAtOnce, 1, 'done', 'done', 2],
  ['lost once', loseAnswer, 1, 'done', 'done', 2],
  ['reset each time', resetAtOnce, EACH, 'unreachable?', 'unreachable?', 5],
  ['truncated once', truncate('early'), 1, 'done', 'done', 2],
  ['truncated each time', truncate('early'), EACH, 'done', 'unreachable?', 5],
  ['truncated, with a length that fits, once', truncate('short'), 1, 'done', 'done', 2],
  ['truncated, with a length that fits', truncate('short'), EACH, 'done', 'digest-mismatch?', 5],
  ['longer than its length', truncate('overlong'), 1, 'done', 'done', 2],
  ['with the bytes of another manifest once', withBody(OTHER.bytes), 1, 'done', 'done', 2],
  [
    'with the bytes of another manifest',
    withBody(OTHER.bytes),
    EACH,
    'done',
    'digest-mismatch?',
    5,
  ],
  [
    'with a digest that is none',
    withHeaders({ 'docker-content-digest': 'x' }),
    EACH,
    'digest-mismatch?',
    'digest-mismatch?',
    10,
  ],
  [
    'with a digest that is none once',
    withHeaders({ 'docker-content-digest': 'x' }),
    1,
    'done',
    'done',
    2,
  ],
  [
    'without a digest',
    withHeaders({ 'docker-content-digest': undefined }),
    EACH,
    'done',
    'done',
    2,
  ],
  ['without a media type', withHeaders({ 'content-type': undefined }), EACH, 'done', 'done', 2],
  ['a web page', answerWith(page()), EACH, 'unexpected-answer', 'unexpected-answer', 1],
  [
    'JSON that is no manifest',
    answerWith(json({ hello: 'there' })),
    EACH,
    'unexpected-answer',
    'unexpected-answer',
    2,
  ],
  ['nothing', answerWith({ status: 200 }), EACH, 'unexpected-answer', 'unexpected-answer', 2],
  ['204', answerWith({ status: 204 }), EACH, 'unexpected-answer', 'unexpected-answer', 1],
  [
    '304 to who did not ask for that',
    answerWith({ status: 304 }),
    EACH,
    'unexpected-answer',
    'unexpected-answer',
    1,
  ],
  ['403 with a web page', answerWith(page(403)), EACH, 'denied', 'denied', 1],
  ['416', answerWith({ status: 416 }), EACH, 'unexpected-answer', 'unexpected-answer', 1],
  [
    '500 and 502 and 503 and 522 in turn',
    inTurn(...[500, 502, 503, 522].map((status) => answerWith({ status }))),
    4,
    'done',
    'done',
    5,
  ],
  ['504 each time', answerWith(page(504)), EACH, 'server-error?', 'server-error?', 5],
  ['garbled', garbage, EACH, 'unexpected-answer?', 'unexpected-answer?', 1],
  ['huge headers', hugeHeaders, EACH, 'unexpected-answer?', 'unexpected-answer?', 1],
  ['HTTP/1.0', oldHttp, EACH, 'done', 'done', 1],
  ['100 first', interim(100), 1, 'done', 'done', 2],
  ['103 first', interim(103), EACH, 'done', 'done', 1],
  ['a body after a HEAD', bodyAfterHead, 1, 'done', 'done', 2],
  [
    'redirected in a circle',
    answerWith(redirect(307, '?again')),
    EACH,
    'redirect-refused',
    'redirect-refused',
    6,
  ],
];

const reads = {
  HEAD: ({ client, repository }: Scene) => client.findManifest(repository, STABLE),
  GET: ({ client, repository }: Scene) => client.getManifest(repository, STABLE),
} as const;

describeBehindProxy('a read of a manifest', (stage) => {
  describe.each(['HEAD', 'GET'] as const)('by %s', (method) => {
    it.each(CASES)('%s', async (_name, act, times, head, get, mostRequests) => {
      const scene = await stage.read();
      scene.proxy.misbehave(requestTo('*'), act, times);
      const { mediaType, digest, bytes } = scene.old;

      const read = reads[method](scene).then((found) => {
        expect(found).toMatchObject(method === 'GET' ? { mediaType, digest, bytes } : { digest });
      });

      expect(await outcomeOf(read)).toBe(method === 'HEAD' ? head : get);
      expect(scene.proxy.requests.length).toBeLessThanOrEqual(mostRequests);
      await expectRecovery(scene);
    });

    it.each([301, 302, 303, 307, 308])('redirected to another host by %d', async (status) => {
      const scene = await stage.read();
      const location = `${scene.elsewhere.url}/v2/${scene.path}/manifests/stable`;
      scene.proxy.misbehave(requestTo('*'), answerWith(redirect(status, location)));

      expect(await outcomeOf(reads[method](scene))).toBe('redirect-refused');
      expect(scene.proxy.requests).toHaveLength(1);
      await expectRecovery(scene);
    });
  });

  it.each([
    ['length', 200, 'answer-too-large', 16],
    ['chunked', 200, 'answer-too-large', 16],
    ['length', 404, 'manifest-unknown', 8],
    ['chunked', 403, 'denied', 8],
    ['chunked', 500, 'server-error?', 8],
  ] as const)('200 MB (%s, %d) are not read', async (how, status, outcome, mostMib) => {
    const scene = await stage.read();
    const before = process.memoryUsage().arrayBuffers;
    scene.proxy.misbehave(requestTo('*'), flood(how, status));

    expect(await outcomeOf(reads.GET(scene))).toBe(outcome);
    const sent = scene.proxy.requests.map(({ sentBytes }) => sentBytes);
    expect(Math.max(...sent)).toBeLessThan(mostMib * MIB);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MIB);
    await expectRecovery(scene);
  });

  it('by digest is not taken in by another manifest', async () => {
    const scene = await stage.read();
    const { client, repository, old, proxy } = scene;
    const headers = { 'docker-content-digest': OTHER.digest };
    proxy.misbehave(requestTo('*'), withHeaders(headers));

    expect(await outcomeOf(client.findManifest(repository, old.digest))).toBe('digest-mismatch?');
    expect(await outcomeOf(client.getManifest(repository, old.digest))).toBe('digest-mismatch?');
    proxy.behave();
    const answer = { status: 200, headers: { ...headers, 'content-type': OTHER.mediaType } };
    proxy.misbehave(requestTo('*'), answerWith({ ...answer, body: OTHER.bytes }));
    expect(await outcomeOf(client.getManifest(repository, old.digest))).toBe('digest-mismatch?');
    await expectRecovery(scene);
    // Nothing of it was kept.
    expect(await client.getManifest(repository, old.digest)).toMatchObject({ bytes: old.bytes });
  });
});
