import { type FakeRegistry, requestTo } from '../support/fake-registry';
import type { BearerAuth } from '../support/fake-registry-behaviour';
import { credentials, repo, tag, useFakes } from '../support/fake-registry-client';

const UI = repo('local/gallery/ui');
const PATH = 'gallery/ui';
const account = { username: 'robot', password: 'pass-word-5up3r' };
const settings = { credentials: credentials(account.username, account.password) };
const bearer: BearerAuth = { kind: 'bearer', ...account };
const basic = { kind: 'basic', ...account } as const;
const { pair } = useFakes();

function refusedOf(fake: FakeRegistry): readonly unknown[] {
  return fake.requests.filter(({ status }) => status === 401);
}

describe('many requests at the start', () => {
  it.each([
    ['Bearer', bearer, { refused: 1, tokens: 1 }],
    ['Basic', basic, { refused: 1, tokens: 0 }],
    ['nothing', { kind: 'none' }, { refused: 0, tokens: 0 }],
  ] as const)('meet %s with the fewest requests', async (_name, auth, expected) => {
    const { fake, client } = await pair({ auth, settings });
    const image = fake.pushImage(PATH, '1.0.0');
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].map(tag);

    await Promise.all([
      ...names.map((name) => client.findManifest(UI, name)),
      ...names.map((name) => client.putManifest(UI, name, image)),
      client.listTags(UI),
    ]);

    const refused = refusedOf(fake).length;
    expect({ refused, tokens: fake.tokenRequests.length }).toEqual(expected);
    expect(fake.tags(PATH).size).toBe(7);
  });

  it('leave nothing to find out for the next release', async () => {
    const { fake, client } = await pair({ auth: bearer, settings });
    const image = fake.pushImage(PATH, '2.0.1');
    await Promise.all([client.findManifest(UI, tag('2.0.1')), client.listTags(UI)]);
    fake.forgetRequests();

    await Promise.all(
      ['2', '2.0', '2.0.1', 'latest'].map((name) => client.putManifest(UI, tag(name), image)),
    );

    expect(fake.tokenRequests).toEqual([]);
    expect(fake.requests.map(({ method, status }) => `${method} ${status}`)).toEqual(
      Array.from({ length: 4 }, () => 'PUT 201'),
    );
  });

  it.each(['reset', { status: 500 }, { status: 503 }] as const)(
    'wait for the next one to find out when the first one gets %j',
    async (fault) => {
      const { fake, client } = await pair({ auth: bearer, settings });
      const image = fake.pushImage(PATH, '1.0.0');
      fake.failNext(requestTo('HEAD'), fault);

      const found = await Promise.all(
        Array.from({ length: 6 }, () => client.findManifest(UI, tag('1.0.0'))),
      );

      expect(found.map((one) => one?.digest)).toEqual(Array.from(found, () => image.digest));
      expect([refusedOf(fake).length, fake.tokenRequests.length]).toEqual([1, 1]);
    },
  );

  it('do not wait for one that could not be met', async () => {
    const { fake, client } = await pair({ auth: bearer, settings });
    fake.pushImage(PATH, '1.0.0');
    fake.failNext(requestTo('HEAD'), { status: 401 });

    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => client.findManifest(UI, tag('1.0.0'))),
    );

    expect(outcomes.map(({ status }) => status).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 'fulfilled'),
      'rejected',
    ]);
    expect(fake.tokenRequests).toHaveLength(1);
  });

  it('do not take turns after a first one that gets no answer', async () => {
    const tuning = { headersTimeoutMs: 100, maxTries: 1 };
    const { fake, client } = await pair({ auth: bearer, settings, tuning });
    fake.pushImage(PATH, '1.0.0');
    fake.failNext(requestTo('HEAD'), 'hang');

    const outcomes = await Promise.allSettled(
      Array.from({ length: 3 }, () => client.findManifest(UI, tag('1.0.0'))),
    );

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect([refusedOf(fake).length, fake.tokenRequests.length]).toEqual([2, 1]);
  });

  it('end with the client when it is closed meanwhile', async () => {
    const { fake, client } = await pair({
      auth: bearer,
      settings,
      tuning: { closeTimeoutMs: 1, maxTries: 1 },
    });
    const arrived = new Promise<void>((resolve) => {
      fake.beforeNext(requestTo('HEAD'), () => {
        resolve();
        return new Promise(() => undefined);
      });
    });
    const looks = Array.from({ length: 3 }, () => client.findManifest(UI, tag('1.0.0')));
    const outcomes = Promise.allSettled(looks);

    await arrived;
    await client.close();

    expect((await outcomes).map(({ status }) => status)).toEqual(
      Array.from(looks, () => 'rejected'),
    );
  });
});

describe('a registry that lets everybody read', () => {
  it('has the first write find out for all writes', async () => {
    const { fake, client } = await pair({ settings });
    const image = fake.pushImage(PATH, '1.0.0');
    await client.findManifest(UI, tag('1.0.0'));
    fake.behaviour.auth = bearer;
    fake.forgetRequests();

    await Promise.all(['a', 'b', 'c'].map((name) => client.putManifest(UI, tag(name), image)));

    const puts = fake.requests.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ status }) => status).sort()).toEqual([201, 201, 201, 401]);
    expect(fake.tokenRequests).toHaveLength(1);
  });
});
