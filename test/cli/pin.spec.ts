import { z } from 'zod';
import { DAY } from '../tagging/stage';
import { PATH, tagward, UI, useCommandStage, withScriptedService } from './command-stage';

const POLICY = 'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 1 } ] } } ]';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const Pins = z.object({ items: z.array(z.looseObject({ target: z.string() })) });

describe('tagward pin', () => {
  const stage = useCommandStage();

  it('keeps a tag from being pruned', async () => {
    await stage.start(['1.0.0', 'sha-1', 'sha-2'], POLICY);

    const pinned = await stage.run('pin', UI, 'sha-1', '--reason', 'a barrier');
    await stage.run('prune', UI, '--apply', '--yes');

    expect(pinned).toEqual({
      ...{ status: 0, stderr: '' },
      stdout: `The tag sha-1 of ${UI} is pinned until the pin is removed.\n`,
    });
    expect(stage.registry().tags(PATH).has('sha-1')).toBe(true);
  });

  it.each`
    until                          | after
    ${'30d'}                       | ${30 * DAY}
    ${'12h'}                       | ${DAY / 2}
    ${'2026-07-09T10:01:01+02:00'} | ${undefined}
  `('pins until $until', async (row: { until: string; after: number | undefined }) => {
    await stage.start(['1.0.0'], POLICY);
    const end = row.after === undefined ? Date.parse(row.until) : stage.clock.now() + row.after;

    const { stdout } = await stage.run(
      ...['pin', UI, DIGEST, '--reason', 'x', '--until', row.until, '-o', 'json'],
    );

    const expiresAt = new Date(end).toISOString();
    expect(JSON.parse(stdout)).toMatchObject({ target: DIGEST, kind: 'digest', expiresAt });
  });

  it('lists pins with who set them and why', async () => {
    await stage.start(['1.0.0'], POLICY);
    await stage.run('pin', UI, DIGEST, '--reason', 'runs at a customer');
    await stage.run('pin', UI, '1.0.0', '--reason', 'a barrier', '--until', '1d');

    const { status, stdout } = await stage.run('pin', UI);
    const json = await stage.run('pin', UI, '-o', 'json');
    const lines = await stage.run('pin', UI, '-o', 'ndjson');

    expect(status).toBe(0);
    expect(stdout).toMatch(/^1\.0\.0 +2026-07-03T\S+ +token:admin +\S+ +a barrier$/m);
    expect(stdout).toMatch(
      new RegExp(`^${DIGEST} +for good +token:admin +\\S+ +runs at a customer$`, 'm'),
    );
    const { items } = Pins.parse(JSON.parse(json.stdout));
    expect(items.map(({ target }) => target).sort()).toEqual(['1.0.0', DIGEST]);
    expect(lines.stdout.trim().split('\n')).toHaveLength(2);
  });

  it('removes a pin, once', async () => {
    await stage.start(['1.0.0'], POLICY);
    await stage.run('pin', UI, '1.0.0', '--reason', 'a barrier');

    const removed = await stage.run('pin', UI, '1.0.0', '--remove');
    const list = await stage.run('pin', UI);
    const again = await stage.run('pin', UI, '1.0.0', '--remove');

    expect(removed.status).toBe(0);
    expect(removed.stdout).toContain('is pinned no longer');
    expect(list.stdout).toBe(`Nothing of ${UI} is pinned.\n`);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('pin-unknown');
  });

  it('ends with 2 for an end that is over', async () => {
    await stage.start(['1.0.0'], POLICY);

    const { status, stderr } = await stage.run(
      ...['pin', UI, '1.0.0', '--reason', 'x', '--until', '2020-01-01T00:00:00Z'],
    );

    expect(status).toBe(2);
    expect(stderr).toContain('must be a time to come');
  });

  it('sends the token to the service, and to no place that it names', async () => {
    const answer = { status: 302, json: {} };

    const { asked, value } = await withScriptedService([answer], (url) =>
      tagward(['pin', UI, '--server', `${url}/behind/a/proxy/`]),
    );

    expect(value.status).toBe(1);
    expect(asked).toEqual(['GET /behind/a/proxy/api/v1/repositories/local~gallery~ui/pins']);
  });

  it.each`
    args                                                 | words
    ${[]}                                                | ${'pin needs a repository'}
    ${[UI, '1.0.0']}                                     | ${'pin needs --reason TEXT'}
    ${[UI, '--reason', 'x']}                             | ${'--reason needs a tag or a digest'}
    ${[UI, '1.0.0', '--remove', '--reason', 'x']}        | ${'--reason does not go with --remove'}
    ${[UI, 'sha256:1', '--reason', 'x']}                 | ${'allowed: a legal tag, or sha256:'}
    ${[UI, '1.0.0', '--reason', 'x', '--until', 'soon']} | ${'or a duration such as 30d'}
  `(
    'ends with 2 and a sentence for the arguments $args',
    async (row: { args: readonly string[]; words: string }) => {
      const { status, stdout, stderr } = await tagward(['pin', ...row.args]);

      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(row.words);
    },
  );
});
