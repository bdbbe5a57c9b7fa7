import { tag } from '../../support/fake-registry-client';
import {
  answerAfterEffect,
  answerWith,
  flood,
  garbage,
  hugeHeaders,
  interim,
  inTurn,
  loseAnswer,
  oldHttp,
  page,
  pretend,
  redirect,
  resetAtOnce,
  resetHalfway,
  withHeaders,
} from '../../support/misbehaviours';
import { type Misbehaviour, requestTo } from '../../support/misbehaving-proxy';
import { expectNoHarm, outcomeOf } from './outcomes';
import { describeBehindProxy } from './scene';

const STABLE = tag('stable');
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;

/** What the proxy does to the first PUT, or to each; how the write ends; where the tag is then. */
type Case = readonly [
  name: string,
  act: Misbehaviour,
  times: number,
  outcome: string,
  stable: 'old' | 'wanted',
  mostRequests: number,
];
const EACH = Number.POSITIVE_INFINITY;

const CASES: readonly Case[] = [
  ['reset at once', resetAtOnce, 1, 'done', 'wanted', 3],
  ['reset in the middle', resetHalfway, 1, 'done', 'wanted', 3],
  ['lost on its way back', loseAnswer, 1, 'done', 'wanted', 2],
  ['reset each time', resetAtOnce, EACH, 'unreachable?', 'old', 10],
  ['reset in the middle each time', resetHalfway, EACH, 'unreachable?', 'old', 10],
  [
    'told another digest',
    withHeaders({ 'docker-content-digest': OTHER_DIGEST }),
    1,
    'done',
    'wanted',
    2,
  ],
  [
    'told rubbish for a digest',
    withHeaders({ 'docker-content-digest': 'x' }),
    1,
    'done',
    'wanted',
    2,
  ],
  ['told no digest', withHeaders({ 'docker-content-digest': undefined }), 1, 'done', 'wanted', 1],
  [
    'told another digest by who did nothing',
    answerWith({ status: 201, headers: { 'docker-content-digest': OTHER_DIGEST } }),
    EACH,
    'digest-mismatch?',
    'old',
    10,
  ],
  ['answered 200 with a web page', answerWith(page()), EACH, 'unexpected-answer', 'old', 2],
  ['answered 201 with a web page', answerWith(page(201)), EACH, 'unexpected-answer', 'old', 2],
  ['answered 500 once', answerWith({ status: 500 }), 1, 'done', 'wanted', 3],
  ['answered 502 after its effect', answerAfterEffect(page(502)), 1, 'done', 'wanted', 2],
  ['answered 504 after its effect', answerAfterEffect({ status: 504 }), EACH, 'done', 'wanted', 2],
  ['answered 503 each time', answerWith(page(503)), EACH, 'server-error?', 'old', 10],
  ['answered 522 each time', answerWith(page(522)), EACH, 'server-error?', 'old', 10],
  ['answered 400', answerWith(page(400)), EACH, 'manifest-invalid', 'old', 2],
  ['answered 403', answerWith(page(403)), EACH, 'denied', 'old', 2],
  ['answered 404', answerWith(page(404)), EACH, 'manifest-unknown', 'old', 2],
  ['answered 409', answerWith({ status: 409 }), EACH, 'refused', 'old', 2],
  [
    'refused only after a reset',
    inTurn(resetAtOnce, answerWith({ status: 409 })),
    EACH,
    'refused',
    'old',
    4,
  ],
  ['answered 413', answerWith(page(413)), EACH, 'manifest-invalid', 'old', 2],
  ['answered 418', answerWith(page(418)), EACH, 'unexpected-answer', 'old', 2],
  ['redirected to a GET', answerWith(redirect(302, '?again')), EACH, 'redirect-refused', 'old', 2],
  [
    'redirected without end',
    answerWith(redirect(307, '?again')),
    EACH,
    'redirect-refused',
    'old',
    6,
  ],
  [
    'redirected to another tag',
    answerWith(redirect(307, 'other')),
    1,
    'redirect-refused',
    'old',
    2,
  ],
  [
    'redirected to another repository',
    answerWith(redirect(308, '/v2/else/where/manifests/stable')),
    1,
    'redirect-refused',
    'old',
    2,
  ],
  ['redirected to itself', answerWith(redirect(307, 'stable?again')), 1, 'done', 'wanted', 2],
  ['garbled', garbage, EACH, 'unexpected-answer?', 'old', 5],
  ['answered with huge headers', hugeHeaders, 1, 'unexpected-answer?', 'wanted', 2],
  ['answered by HTTP/1.0', oldHttp, EACH, 'done', 'wanted', 1],
  ['answered by 100 first', interim(100), EACH, 'done', 'wanted', 2],
  ['answered by 103 first', interim(103), EACH, 'done', 'wanted', 2],
  ['answered with 200 MB', flood('length', 201), EACH, 'done', 'old', 1],
  ['answered 500 with 200 MB', flood('chunked', 500), EACH, 'server-error?', 'old', 10],
  ['answered 201 by who did nothing', pretend, EACH, 'done', 'old', 1],
];

describeBehindProxy('a PUT', (stage) => {
  it.each(CASES)('%s', async (_name, act, times, outcome, stable, mostRequests) => {
    const scene = await stage.write();
    scene.proxy.misbehave(requestTo('PUT'), act, times);

    const put = scene.client.putManifest(scene.repository, STABLE, scene.wanted);

    expect(await outcomeOf(put)).toBe(outcome);
    expect(scene.proxy.requests.length).toBeLessThanOrEqual(mostRequests);
    await expectNoHarm(scene, { stable });
  });

  it('of 3 MiB breaks in the middle and is repeated', async () => {
    const scene = await stage.write({ padding: 3 * 1024 * 1024 });
    scene.proxy.misbehave(requestTo('PUT'), resetHalfway, 1);

    await scene.client.putManifest(scene.repository, STABLE, scene.wanted);

    await expectNoHarm(scene, { stable: 'wanted' });
  });

  it.each([301, 302, 303, 307, 308])('redirected to another host by %d', async (status) => {
    const scene = await stage.write();
    const location = `${scene.elsewhere.url}/v2/${scene.path}/manifests/stable`;
    scene.proxy.misbehave(requestTo('PUT'), answerWith(redirect(status, location)));

    const put = scene.client.putManifest(scene.repository, STABLE, scene.wanted);

    expect(await outcomeOf(put)).toBe('redirect-refused');
    expect(scene.proxy.requests).toHaveLength(1);
    await expectNoHarm(scene, { stable: 'old' });
  });
});
