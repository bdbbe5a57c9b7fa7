import { runPaced } from '../../src/retention/paced';

describe(runPaced, () => {
  it.each([1, 2, 5])('works on every item once, at most %d at a time', async (concurrency) => {
    const done: number[] = [];
    let [running, most] = [0, 0];

    await runPaced([1, 2, 3, 4, 5, 6, 7], concurrency, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      done.push(item);
      return 'go-on';
    });

    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(concurrency);
  });

  it('begins nothing after one said stop', async () => {
    const begun: number[] = [];

    await runPaced([1, 2, 3, 4], 1, (item) => {
      begun.push(item);
      return Promise.resolve(item === 2 ? 'stop' : 'go-on');
    });

    expect(begun).toEqual([1, 2]);
  });

  it('lets what has begun end before it throws', async () => {
    const ended: number[] = [];

    const run = runPaced([1, 2, 3, 4], 2, async (item) => {
      if (item === 1) throw new Error('broken');
      await new Promise(setImmediate);
      ended.push(item);
      return 'go-on';
    });

    await expect(run).rejects.toThrow('broken');
    expect(ended).toEqual([2]);
  });

  it('has nothing to do without items', async () => {
    await expect(runPaced([], 3, () => Promise.resolve('go-on'))).resolves.toBeUndefined();
  });
});
