import {
  answerAfterEffect,
  answerWith,
  flood,
  garbage,
  inTurn,
  interim,
  loseAnswer,
  oldHttp,
  page,
  redirect,
  resetAtOnce,
} from '../../support/misbehaviours';
import { type Misbehaviour, requestTo } from '../../support/misbehaving-proxy';
import { expectNoHarm, outcomeOf } from './outcomes';
import { describeBehindProxy } from './scene';

const EACH = Number.POSITIVE_INFINITY;
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;

/** What the proxy does to the first DELETE, or to each; how it ends; whether `2.0.0` is there then. */
type Case = readonly [
  name: string,
  act: Misbehaviour,
  times: number,
  outcome: string,
  left: 'there' | 'gone',
  mostRequests: number,
];

const CASES: readonly Case[] = [
  ['reset at once', resetAtOnce, 1, 'done', 'gone', 2],
  ['lost on its way back', loseAnswer, 1, 'done', 'gone', 2],
  ['reset each time', resetAtOnce, EACH, 'unreachable?', 'there', 5],
  ['answered 500 after its effect', answerAfterEffect({ status: 500 }), 1, 'done', 'gone', 2],
  ['answered 503 each time', answerWith(page(503)), EACH, 'server-error?', 'there', 5],
  ['answered 200 with a web page', answerWith(page()), EACH, 'unexpected-answer', 'there', 2],
  ['answered 202 with a web page', answerWith(page(202)), EACH, 'unexpected-answer', 'there', 2],
  ['answered 400', answerWith(page(400)), EACH, 'unexpected-answer', 'there', 1],
  ['answered 403', answerWith(page(403)), EACH, 'denied', 'there', 1],
  ['answered 405', answerWith(page(405)), EACH, 'unsupported', 'there', 1],
  ['answered 409', answerWith(page(409)), EACH, 'refused', 'there', 1],
  ['answered 412', answerWith(page(412)), EACH, 'refused', 'there', 1],
  ['answered 304', answerWith({ status: 304 }), EACH, 'unexpected-answer', 'there', 1],
  ['refused after a reset', inTurn(resetAtOnce, answerWith(page(403))), EACH, 'denied', 'there', 2],
  [
    'redirected to a GET',
    answerWith(redirect(303, '?again')),
    EACH,
    'redirect-refused',
    'there',
    1,
  ],
  [
    'redirected to another manifest',
    answerWith(redirect(307, OTHER_DIGEST)),
    EACH,
    'redirect-refused',
    'there',
    1,
  ],
  [
    'redirected to a tag',
    answerWith(redirect(307, 'stable')),
    EACH,
    'redirect-refused',
    'there',
    1,
  ],
  [
    'redirected in a circle',
    answerWith(redirect(308, '?again')),
    EACH,
    'redirect-refused',
    'there',
    6,
  ],
  ['garbled', garbage, EACH, 'unexpected-answer?', 'there', 1],
  ['answered by HTTP/1.0', oldHttp, EACH, 'done', 'gone', 1],
  ['answered by 100 first', interim(100), 1, 'done', 'gone', 2],
  ['answered with 200 MB', flood('chunked', 500), EACH, 'server-error?', 'there', 5],
];

describeBehindProxy('a DELETE', (stage) => {
  it.each(CASES)('%s', async (_name, act, times, outcome, left, mostRequests) => {
    const scene = await stage.write();
    const { client, proxy, repository, wanted } = scene;
    proxy.misbehave(requestTo('DELETE'), act, times);

    const deletion = client.deleteManifest(repository, wanted.digest).then((what) => {
      expect(what).toBe('deleted');
    });

    expect(await outcomeOf(deletion)).toBe(outcome);
    expect(proxy.requests.length).toBeLessThanOrEqual(mostRequests);
    await expectNoHarm(scene, left === 'gone' ? { '2.0.0': undefined } : {});
  });

  it.each([301, 302, 307, 308])('redirected to another host by %d', async (status) => {
    const scene = await stage.write();
    const { client, proxy, repository, wanted, elsewhere, path } = scene;
    const location = `${elsewhere.url}/v2/${path}/manifests/${wanted.digest}`;
    proxy.misbehave(requestTo('DELETE'), answerWith(redirect(status, location)));

    expect(await outcomeOf(client.deleteManifest(repository, wanted.digest))).toBe(
      'redirect-refused',
    );
    expect(proxy.requests).toHaveLength(1);
    await expectNoHarm(scene);
  });

  it('that is a probe does not take the page of a proxy for an answer', async () => {
    const scene = await stage.write();
    scene.proxy.misbehave(requestTo('DELETE'), answerWith(page(404)));

    expect(await scene.client.probeDeletion(scene.repository)).toMatchObject({
      ...{ tagDelete: 'unproven', digestDelete: 'unproven' },
    });
    await expectNoHarm(scene);
  });
});
