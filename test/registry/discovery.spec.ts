import { Discovery, type Turn } from '../../src/registry/discovery';

/** Lets everything run that waits for nothing but promises. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Sends requests into a discovery and tells which of them went, and which got a turn. */
function watch(discovery: Discovery): {
  readonly enter: (name: string, action: 'pull' | 'push') => void;
  readonly went: readonly string[];
  readonly turns: ReadonlyMap<string, Turn>;
} {
  const went: string[] = [];
  const turns = new Map<string, Turn>();
  const enter = (name: string, action: 'pull' | 'push'): void => {
    void discovery.enter(action).then((turn) => {
      went.push(name);
      if (turn !== undefined) turns.set(name, turn);
    });
  };
  return { enter, went, turns };
}

describe(Discovery.name, () => {
  it.each([
    ['challenged', ['pull 1', 'pull 2', 'push 1', 'push 2']],
    ['open', ['pull 1', 'pull 2', 'push 1']],
    ['nothing', ['pull 1', 'pull 2']],
    ['silence', ['pull 1', 'pull 2', 'push 1', 'push 2']],
  ] as const)('lets go after a first pull that found %s: %j', async (finding, gone) => {
    const discovery = new Discovery();
    const { enter, went, turns } = watch(discovery);
    for (const name of ['pull 1', 'pull 2', 'push 1', 'push 2'] as const) {
      enter(name, name.startsWith('pull') ? 'pull' : 'push');
    }
    await settled();
    const before = [...went];

    // The first one is still on its way through the challenge then.
    if (finding === 'challenged') discovery.noteChallenge();
    else turns.get('pull 1')?.end(finding);
    await settled();

    expect(before).toEqual(['pull 1']);
    expect(went).toEqual(gone);
  });

  it('gives the next one the turn as often as nothing is found', async () => {
    const { enter, went, turns } = watch(new Discovery());
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) enter(name, 'pull');

    for (const name of names) {
      await settled();
      turns.get(name)?.end('nothing');
    }

    expect(went).toEqual(names);
    expect([...turns.keys()]).toEqual(names);
  });

  it('counts only the first end of a turn', async () => {
    const { enter, went, turns } = watch(new Discovery());
    enter('a', 'pull');
    enter('b', 'pull');
    enter('c', 'pull');
    await settled();

    turns.get('a')?.end('nothing');
    await settled();
    turns.get('a')?.end('open');
    await settled();

    expect(went).toEqual(['a', 'b']);
  });

  it('keeps nobody back once it is known', async () => {
    const discovery = new Discovery();
    discovery.noteChallenge();

    expect(await discovery.enter('delete')).toBeUndefined();
  });
});
