import { SimulatedClock } from '../../../src/runtime/clock';
import { FakeRegistry } from '../../support/fake-registry';
import {
  answerAfterEffect,
  answerWith,
  inTurn,
  loseAnswer,
  page,
  resetAtOnce,
  resetHalfway,
  truncate,
} from '../../support/misbehaviours';
import {
  MisbehavingProxy,
  type Misbehaviour,
  requestTo,
  type RequestMatch,
} from '../../support/misbehaving-proxy';
import { describeOnRealRegistries } from '../../support/real-registries';
import { type RunningService, startService } from '../../support/service';
import { START } from '../../tagging/stage';
import { TestRepository } from '../../tagging/test-repository';

type Case = readonly [name: string, match: RequestMatch, act: Misbehaviour, times: number];

const CASES: readonly Case[] = [
  ['a PUT is reset', requestTo('PUT', 'manifests/2.1'), resetAtOnce, 2],
  ['a PUT is reset in the middle', requestTo('PUT', 'manifests/2.1'), resetHalfway, 2],
  ['the answer to each PUT is lost', requestTo('PUT'), loseAnswer, 4],
  ['a PUT is done and answered 502', requestTo('PUT'), answerAfterEffect(page(502)), 4],
  ['a HEAD of a tag fails', requestTo('HEAD'), answerWith(page(500)), 3],
  ['manifests come truncated', requestTo('GET', 'manifests/'), truncate('short'), 2],
  ['much fails', requestTo('*'), inTurn(resetAtOnce, answerWith(page(503)), loseAnswer), 3],
];

function contract(start: () => Promise<{ readonly url: string }>): void {
  const clock = new SimulatedClock(START);
  let registry: { readonly url: string };
  let proxy: MisbehavingProxy;
  let service: RunningService;
  let repositories = 0;

  beforeAll(async () => {
    registry = await start();
    proxy = await MisbehavingProxy.start(registry.url);
    service = await startService({ registryUrl: proxy.url, clock });
  });
  afterAll(async () => {
    await service.stop();
    service.config.remove();
    await proxy.stop();
  });

  it.each(CASES)('is carried out once when %s', async (_name, match, act, times) => {
    repositories += 1;
    const path = `gallery/r${repositories}`;
    const place = { registry: { url: registry.url }, client: service.client, clock, path };
    const repository = new TestRepository(place);
    await repository.publish('2.1.0');
    await repository.push('2.1.1');
    proxy.misbehave(match, act, times);

    const delivery = await repository.announce('2.1.1');

    proxy.behave();
    expect(delivery.status).toBe('done');
    const released = '2.1.1';
    expect(await repository.movingTags()).toEqual({
      '2': released,
      '2.1': released,
      latest: released,
    });
    const tags = await service.client.tags(repository.slug);
    const ledger = [...tags.values()].map(({ tag, digest }) => [tag, digest]);
    expect(Object.fromEntries(ledger)).toMatchObject(await repository.tags());
    const moves = (await repository.moves()).map(({ tag, to }) => `${tag} ${to?.digest ?? ''}`);
    expect(moves).toHaveLength(new Set(moves).size);
  });
}

describe('a delivery through a misbehaving proxy, with the fake registry', () => {
  let fake: FakeRegistry | undefined;
  afterAll(() => fake?.stop());
  contract(async () => (fake = await FakeRegistry.start()));
});

describeOnRealRegistries('a delivery through a misbehaving proxy', (start) => {
  contract(() => start({ inMemory: true }));
});
