import { tag } from '../../support/fake-registry-client';
import {
  answerAfterEffect,
  answerWith,
  flood,
  garbage,
  hugeHeaders,
  loseAnswer,
  page,
  redirect,
  resetAtOnce,
  resetHalfway,
  withHeaders,
} from '../../support/misbehaviours';
import { type Misbehaviour, requestTo } from '../../support/misbehaving-proxy';
import { expectNoHarm, wordOf } from './outcomes';
import {
  describeBeforeFake,
  describeBehindProxy,
  type Scene,
  type SceneOptions,
  type Stage,
} from './scene';

const NAMES = ['t1', 't2', 't3', 't4'];
const WIDE: SceneOptions = { settings: { concurrency: 4 }, tuning: { connections: 4 } };
const OTHER_DIGEST = { 'docker-content-digest': `sha256:${'0'.repeat(64)}` };
const ALL_DONE = Object.fromEntries(NAMES.map((name) => [name, 'done']));
const ALL_THERE = Object.fromEntries(NAMES.map((name) => [name, 'wanted']));

/** What became of each tag: `done`, or the word of its error. */
async function putAll({ client, repository, wanted }: Scene): Promise<Record<string, string>> {
  const { written, failed } = await client.putTags(repository, NAMES.map(tag), wanted);
  return Object.fromEntries([
    ...[...written].map((name) => [name, 'done'] as const),
    ...[...failed].map(([name, error]) => [name, wordOf(error)] as const),
  ]);
}

/** What the proxy does to each PUT of `t3` alone; what becomes of it; whether it is there then. */
type Case = readonly [name: string, act: Misbehaviour, outcome: string, there: boolean];

const ONE_FAILS: readonly Case[] = [
  ['reset', resetAtOnce, 'unreachable?', false],
  ['reset in the middle', resetHalfway, 'unreachable?', false],
  ['lost on its way back', loseAnswer, 'done', true],
  ['told another digest', withHeaders(OTHER_DIGEST), 'done', true],
  ['answered with a web page', answerWith(page()), 'unexpected-answer', false],
  ['answered 400', answerWith(page(400)), 'manifest-invalid', false],
  ['answered 403', answerWith(page(403)), 'denied', false],
  ['answered 409', answerWith(page(409)), 'refused', false],
  ['answered 429', answerWith({ status: 429 }), 'rate-limited?', false],
  ['answered 500', answerWith(page(500)), 'server-error?', false],
  ['answered 502 after its effect', answerAfterEffect(page(502)), 'done', true],
  ['redirected to another tag', answerWith(redirect(307, 'stable')), 'redirect-refused', false],
  ['garbled', garbage, 'unexpected-answer?', false],
  ['answered with huge headers', hugeHeaders, 'unexpected-answer?', true],
  ['answered 500 with 200 MB', flood('length', 500), 'server-error?', false],
];

/** What the proxy does to each PUT of several tags; all tags are written one by one then. */
const TOGETHER_FAILS: readonly (readonly [name: string, act: Misbehaviour])[] = [
  ['reset', resetAtOnce],
  ['reset in the middle', resetHalfway],
  ['lost on its way back', loseAnswer],
  ['told another digest', withHeaders(OTHER_DIGEST)],
  ['told other tags', withHeaders({ 'oci-tag': 'stable' })],
  ['told no tags', withHeaders({ 'oci-tag': undefined })],
  ['answered with a web page', answerWith(page())],
  ['answered 400', answerWith(page(400))],
  ['answered 403', answerWith(page(403))],
  ['answered 404', answerWith(page(404))],
  ['answered 414', answerWith(page(414))],
  ['answered 429', answerWith({ status: 429 })],
  ['answered 431', answerWith(page(431))],
  ['answered 500', answerWith(page(500))],
  ['answered 502 after its effect', answerAfterEffect(page(502))],
  ['redirected to another tag', answerWith(redirect(307, 'stable'))],
  ['redirected to other tags', answerWith(redirect(307, '?tag=stable&tag=t1'))],
  ['garbled', garbage],
  ['answered with huge headers', hugeHeaders],
];

describeBehindProxy('a write of four tags', (stage) => {
  it.each(ONE_FAILS)('one of which is %s', async (_name, act, outcome, isThere) => {
    const scene = await stage.write(WIDE);
    scene.proxy.misbehave(requestTo('PUT', 'manifests/t3'), act);

    expect(await putAll(scene)).toEqual({ ...ALL_DONE, t3: outcome });
    expect(scene.proxy.requests.length).toBeLessThanOrEqual(14);
    await expectNoHarm(scene, { ...ALL_THERE, t3: isThere ? 'wanted' : undefined });
  });

  it('one of which is redirected to another host', async () => {
    const scene = await stage.write(WIDE);
    const location = `${scene.elsewhere.url}/v2/${scene.path}/manifests/t3`;
    scene.proxy.misbehave(requestTo('PUT', 'manifests/t3'), answerWith(redirect(308, location)));

    expect(await putAll(scene)).toEqual({ ...ALL_DONE, t3: 'redirect-refused' });
    await expectNoHarm(scene, { ...ALL_THERE, t3: undefined });
  });
});

function requestForFour(stage: Stage): void {
  it.each(TOGETHER_FAILS)('that is %s', async (_name, act) => {
    const scene = await stage.write(WIDE);
    scene.proxy.misbehave(requestTo('PUT', '?tag=t1'), act);

    expect(await putAll(scene)).toEqual(ALL_DONE);
    expect(scene.proxy.requests.length).toBeLessThanOrEqual(16);
    await expectNoHarm(scene, ALL_THERE);
  });
}

describeBehindProxy('a request for four tags', requestForFour);
describeBeforeFake('a request for four tags, which are taken', requestForFour, {
  multiTag: 'works',
});
