import { tag } from '../../support/fake-registry-client';
import { answerWith, json, redirect } from '../../support/misbehaviours';
import { requestTo } from '../../support/misbehaving-proxy';
import { expectNoHarm, outcomeOf } from './outcomes';
import { describeBehindProxy, type Scene, type Stage } from './scene';

const STABLE = tag('stable');

/** The other host under a name, in `registries.<id>.redirects`. */
async function openWithAllowed(stage: Stage, name = '127.0.0.1'): Promise<Scene> {
  const { port } = new URL((await stage.read()).elsewhere.url);
  return stage.write({ settings: { redirects: [`${name}:${port}`] } });
}

/** Forgets the other host's visitors, who came because they were allowed to. */
async function expectNoHarmButVisits(scene: Scene): Promise<void> {
  scene.elsewhere.connections = scene.elsewhere.requests.length = 0;
  await expectNoHarm(scene);
}

describeBehindProxy('a host that the configuration allows', (stage) => {
  const work = {
    HEAD: ({ client, repository }: Scene) => client.findManifest(repository, STABLE),
    GET: ({ client, repository }: Scene) => client.getManifest(repository, STABLE),
    PUT: ({ client, repository, wanted }: Scene) => client.putManifest(repository, STABLE, wanted),
    list: ({ client, repository }: Scene) => client.listTags(repository),
  } as const;

  it.each(['HEAD', 'GET', 'PUT', 'list'] as const)(
    'is asked on a redirect of a %s, without credentials',
    async (what) => {
      const scene = await openWithAllowed(stage);
      const { proxy, elsewhere } = scene;
      elsewhere.answer = { status: 403 };
      proxy.misbehave(requestTo('*'), (exchange, turn) =>
        answerWith(redirect(307, elsewhere.url + exchange.path))(exchange, turn),
      );

      expect(await outcomeOf(work[what](scene))).toBe('denied');
      expect(elsewhere.requests).toEqual([undefined]);
      await expectNoHarmButVisits(scene);
    },
  );

  it.each([
    ['Basic', (): string => 'Basic realm="x"', 'unauthorized?'],
    [
      'a token of its own',
      (url: string): string => `Bearer realm="${url}/token"`,
      'redirect-refused',
    ],
  ] as const)('gets nothing when it asks for %s', async (_name, header, outcome) => {
    const scene = await openWithAllowed(stage);
    const { proxy, elsewhere } = scene;
    elsewhere.answer = { status: 401, headers: { 'www-authenticate': header(elsewhere.url) } };
    proxy.misbehave(requestTo('*'), answerWith(redirect(307, `${elsewhere.url}/there`)));

    expect(await outcomeOf(work.GET(scene))).toBe(outcome);
    expect(new Set(elsewhere.requests)).toEqual(new Set([undefined]));
    expect(elsewhere.requests.length).toBeLessThanOrEqual(2);
    await expectNoHarmButVisits(scene);
  });

  it('gets no credentials by a Link', async () => {
    const scene = await openWithAllowed(stage);
    const { proxy, elsewhere } = scene;
    elsewhere.answer = json({ tags: ['b'] });
    const link = `<${elsewhere.url}/more>; rel="next"`;
    proxy.misbehave(requestTo('*', 'tags/list'), answerWith(json({ tags: ['a'] }, { link })));

    expect(await scene.client.listTags(scene.repository)).toEqual(['a', 'b']);
    expect(elsewhere.requests).toEqual([undefined]);
    await expectNoHarmButVisits(scene);
  });

  it('is not asked for tokens: that is another setting', async () => {
    const scene = await openWithAllowed(stage);
    const { proxy, elsewhere } = scene;
    const headers = { 'www-authenticate': `Bearer realm="${elsewhere.url}/token"` };
    proxy.misbehave(requestTo('*'), answerWith({ status: 401, headers }));

    expect(await outcomeOf(work.PUT(scene))).toBe('redirect-refused');
    await expectNoHarm(scene);
  });

  it('is not dialled when its name leads to this machine', async () => {
    const scene = await openWithAllowed(stage, 'localhost');
    const { proxy, elsewhere } = scene;
    const { port } = new URL(elsewhere.url);
    proxy.misbehave(requestTo('*'), answerWith(redirect(307, `http://localhost:${port}/there`)));

    expect(await outcomeOf(work.GET(scene))).not.toBe('done');
    await expectNoHarm(scene);
  });

  it('does not lead on to a host that is not allowed', async () => {
    const scene = await openWithAllowed(stage);
    const { proxy, elsewhere } = scene;
    const { port } = new URL(proxy.url);
    elsewhere.answer = redirect(307, `http://localhost:${port}/v2/`);
    proxy.misbehave(requestTo('*'), answerWith(redirect(307, `${elsewhere.url}/there`)));

    expect(await outcomeOf(work.GET(scene))).toBe('redirect-refused');
    expect(proxy.requests).toHaveLength(1);
    await expectNoHarmButVisits(scene);
  });
});
