import { tag } from '../../support/fake-registry-client';
import {
  answerWith,
  drip,
  dripChunk,
  dripHeaders,
  hang,
  hangHalfway,
  interimForEver,
} from '../../support/misbehaviours';
import { type Misbehaviour, requestTo } from '../../support/misbehaving-proxy';
import { expectNoHarm, outcomeOf } from './outcomes';
import { describeBehindProxy, IMPATIENT, type Scene } from './scene';

const STABLE = tag('stable');

const work = {
  HEAD: ({ client, repository }) => client.findManifest(repository, STABLE),
  GET: ({ client, repository }) => client.getManifest(repository, STABLE),
  list: ({ client, repository }) => client.listTags(repository),
  PUT: ({ client, repository, wanted }) => client.putManifest(repository, STABLE, wanted),
  DELETE: ({ client, repository, wanted }) => client.deleteManifest(repository, wanted.digest),
} as const satisfies Record<string, (scene: Scene) => Promise<unknown>>;

interface Case {
  readonly does: keyof typeof work;
  readonly act: Misbehaviour;
  readonly outcome: string;
  /** The method that goes wrong; any unless given. */
  readonly of?: string;
  readonly tags?: Readonly<Record<string, string | undefined>>;
  readonly padding?: number;
}

const MOVED = { stable: 'wanted' };
const GONE = { '2.0.0': undefined };

const CASES: Readonly<Record<string, Case>> = {
  'a HEAD without an answer': { does: 'HEAD', act: hang('before'), outcome: 'timeout?' },
  'a HEAD with dripping headers': { does: 'HEAD', act: dripHeaders, outcome: 'timeout?' },
  'a HEAD with interim answers': { does: 'HEAD', act: interimForEver, outcome: 'timeout?' },
  'a GET without an answer': { does: 'GET', act: hang('before'), outcome: 'timeout?' },
  'a GET with half a body': { does: 'GET', act: hangHalfway, outcome: 'timeout?' },
  'a GET with a dripping body': { does: 'GET', act: drip, outcome: 'timeout?' },
  'a GET with a dripping chunk': { does: 'GET', act: dripChunk, outcome: 'timeout?' },
  'a list without an answer': { does: 'list', act: hang('before'), outcome: 'timeout?' },
  'a list with half a body': { does: 'list', act: hangHalfway, outcome: 'timeout?' },
  'a list with a dripping body': { does: 'list', act: drip, outcome: 'timeout?' },
  'a PUT that nobody reads': {
    does: 'PUT',
    of: 'PUT',
    act: hang('before'),
    outcome: 'timeout?',
    padding: 3 * 1024 * 1024,
  },
  'a PUT without an answer': { does: 'PUT', of: 'PUT', act: hang('before'), outcome: 'timeout?' },
  'a PUT done without an answer': {
    does: 'PUT',
    of: 'PUT',
    act: hang('after'),
    outcome: 'done',
    tags: MOVED,
  },
  'a PUT done, and silence': { does: 'PUT', act: hang('after'), outcome: 'timeout?', tags: MOVED },
  'a PUT done with a dripping answer': {
    does: 'PUT',
    of: 'PUT',
    act: drip,
    outcome: 'done',
    tags: MOVED,
  },
  'a DELETE without an answer': { does: 'DELETE', act: hang('before'), outcome: 'timeout?' },
  'a DELETE done without an answer': {
    does: 'DELETE',
    act: hang('after'),
    outcome: 'timeout?',
    tags: GONE,
  },
};

describeBehindProxy('a registry that falls silent', (stage) => {
  // All at once, since each takes as long as a timeout.
  it('keeps nobody waiting', async () => {
    const scenes = new Map<string, Scene>();
    for (const [name, { padding = 0 }] of Object.entries(CASES)) {
      scenes.set(name, await stage.write({ tuning: { ...IMPATIENT, maxTries: 2 }, padding }));
    }

    const outcomes = [...scenes].map(async ([name, scene]) => {
      const { does, of = '*', act } = caseOf(name);
      scene.proxy.misbehave(requestTo(of, `${scene.path}/`), act);
      return [name, await outcomeOf(work[does](scene))] as const;
    });

    expect(Object.fromEntries(await Promise.all(outcomes))).toEqual(
      Object.fromEntries(Object.entries(CASES).map(([name, { outcome }]) => [name, outcome])),
    );
    for (const [name, scene] of scenes) await expectNoHarm(scene, caseOf(name).tags);
  }, 20_000);

  it('does so as a token service, too', async () => {
    const scene = await stage.write({ tuning: { ...IMPATIENT, maxTries: 1 } });
    const { proxy } = scene;
    const challenge = { 'www-authenticate': `Bearer realm="${proxy.url}/token"` };
    proxy.misbehave(requestTo('*', '/v2/'), answerWith({ status: 401, headers: challenge }));
    proxy.misbehave(requestTo('*', '/token'), hang('before'));

    expect(await outcomeOf(work.PUT(scene))).toBe('timeout?');
    await expectNoHarm(scene);
  });
});

function caseOf(name: string): Case {
  const found = CASES[name];
  if (found === undefined) throw new Error(`no case ${name}`);
  return found;
}
