import { DAY, START } from '../tagging/stage';
import { listDeliveries } from '../deliveries/delivery-list';
import { tagward, UI, useCommandStage } from './command-stage';

const POLICY = 'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 1 } ] } } ]';

describe('tagward deliveries', () => {
  const stage = useCommandStage();

  it('lists what came in, newest first, with why it was ignored', async () => {
    await stage.start(['1.0.0'], POLICY);
    const first = await release('1.0.1');
    const second = await release('other');

    const { status, stdout } = await stage.run('deliveries', 'ls');

    const rows = stdout.trim().split('\n');
    expect(status).toBe(0);
    expect(rows[0]).toMatch(/^ID +RECEIVED +SOURCE +REPOSITORY +TAG +STATUS +WHY$/);
    expect(rows[1]).toMatch(new RegExp(`^${second} +\\S+ +ci +${UI} +other +ignored +\\S`));
    expect(rows[2]).toMatch(new RegExp(`^${first} +\\S+ +ci +${UI} +1\\.0\\.1 +done`));
  });

  it('shows what was decided', async () => {
    await stage.start(['1.0.0'], POLICY);
    const id = await release('1.0.1');

    const { status, stdout } = await stage.run('deliveries', 'show', String(id));
    const json = await stage.run('deliveries', 'show', String(id), '-o', 'json');

    expect(status).toBe(0);
    expect(stdout).toMatch(/^latest +move +1\.0\.1 +\S/m);
    expect(JSON.parse(json.stdout)).toMatchObject({ id, status: 'done' });
  });

  it('runs one again', async () => {
    await stage.start(['1.0.0'], POLICY);
    const id = await release('1.0.1');

    const { status, stdout } = await stage.run('deliveries', 'replay', String(id));

    expect(status).toBe(0);
    expect(stdout).toContain(`Delivery ${id} runs again as:`);
    expect(stdout).toMatch(new RegExp(`^\\d+ +${UI} +1\\.0\\.1 +accepted$`, 'm'));
  });

  it('only shows what a span of time would run, until it is told to', async () => {
    await stage.start(['1.0.0'], POLICY);
    await release('1.0.1');
    const before = await deliveries();
    const span = ['--since', timeAt(-DAY), '--until', timeAt(30 * DAY), '--source', 'ci'];

    const shown = await stage.run('deliveries', 'replay', ...span);
    const after = await deliveries();
    const ran = await stage.run('deliveries', 'replay', ...span, '--apply');

    expect(shown.stdout).toMatch(/^\d+ would run again; --apply runs them:$/m);
    expect(after).toBe(before);
    expect(ran.stdout).toMatch(/^\d+ run again:$/m);
    expect(await deliveries()).toBeGreaterThan(before);
  });

  it.each([
    [['deliveries', 'lost'], 'ls, show ID or replay'],
    [['deliveries', 'show'], 'needs the id'],
    [['deliveries', 'show', 'x'], 'needs the id'],
    [['deliveries', 'ls', '--limit', '201'], 'from 1 to 200'],
    [['deliveries', 'ls', '--status', 'lost'], 'pending, done, ignored, dead'],
    [['deliveries', 'ls', '--repository', 'UI'], 'local/gallery/ui'],
    [['deliveries', 'replay'], '--since and --until'],
    [['deliveries', 'replay', '--since', 'today', '--until', 'now'], '--since is "today"'],
    [['deliveries', 'replay', '1', '--apply'], '--apply does not go with an id'],
  ])('ends with 2 for %j', async (args, words) => {
    const { status, stderr, stdout } = await tagward(args);

    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
  });

  it('ends with 1 for a delivery that there is none of', async () => {
    await stage.start(['1.0.0'], POLICY);

    const { status, stderr } = await stage.run('deliveries', 'show', '999');

    expect(status).toBe(1);
    expect(stderr).toContain('there is no delivery with this id');
  });

  async function release(tag: string): Promise<number> {
    stage.registry().pushImage('gallery/ui', tag);
    const { id } = await stage.service().client.release({ tag }, { now: stage.clock.now() });
    return id;
  }

  async function deliveries(): Promise<number> {
    return (await listDeliveries(stage.service().client)).length;
  }

  function timeAt(ms: number): string {
    return new Date(START + ms).toISOString();
  }
});
