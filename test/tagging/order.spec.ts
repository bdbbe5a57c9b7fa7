import { randomUUID } from 'node:crypto';
import { Receipts } from '../../src/deliveries/delivery.schema';
import { Random } from '../faults/random';
import { describeOnRealRegistries } from '../support/real-registries';
import { useStage } from './stage';
import type { TestRepository } from './test-repository';

const RELEASES = ['2.1.106', '2.1.114', '2.2.11', '3.0.42', '2.1.115', '3.1.0-rc.1', '0.9.3'];
const OWNERS = {
  ...{ '0.9': '0.9.3', '2.1': '2.1.115', '2.2': '2.2.11', '2': '2.2.11' },
  ...{ '3.0': '3.0.42', '3': '3.0.42', latest: '3.0.42' },
};

describeOnRealRegistries('the order of deliveries', (start) => {
  const stage = useStage(start);
  const seed = orderSeed();

  it.each([0, 1, 2, 3, 4, 5])(`does not matter (order %i of seed ${seed})`, async (order) => {
    const random = new Random(seed + order);
    const repository = stage.repository();
    const ids: number[] = [];

    for (const tag of shuffled([...RELEASES, ...RELEASES], random)) {
      await repository.push(tag);
      const id = randomUUID();
      ids.push(await deliver(repository, tag, id));
      if (random.below(3) === 0) ids.push(await deliver(repository, tag, id));
    }
    const settled = await Promise.all(ids.map((id) => repository.client.settled(id)));

    expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['done']));
    expect(await repository.movingTags()).toEqual(OWNERS);
  });
});

/** Does not wait for what comes of it, so that deliveries pile up. */
async function deliver(repository: TestRepository, tag: string, id: string): Promise<number> {
  const { deliveries } = Receipts.parse((await repository.webhook(tag, {}, id)).json);
  const [receipt] = deliveries;
  if (receipt === undefined) throw new Error(`${tag} was not taken in`);
  return receipt.id;
}

function shuffled<Item>(items: readonly Item[], random: Random): readonly Item[] {
  return items
    .map((item) => ({ item, key: random.next() }))
    .sort((left, right) => left.key - right.key)
    .map(({ item }) => item);
}

/** TAGWARD_ORDER_SEED, or another one each time; in the titles, so that a run can be repeated. */
function orderSeed(): number {
  return Number(process.env['TAGWARD_ORDER_SEED'] ?? Date.now() % 2 ** 31);
}
