import { type Digest, parseDigest } from '../../src/core/names';
import { RetentionSchedule } from '../../src/retention/retention-schedule';
import { DAY } from '../tagging/stage';
import { PATH, tagward, UI, useCommandStage, withScriptedService } from './command-stage';

const POLICY = [
  'delete: { restoreWindow: 14d }',
  'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 1 } ] } } ]',
];

describe('tagward restore', () => {
  const stage = useCommandStage();
  let digest: Digest;

  /** sha-1 has been let go, and can be restored. */
  const prune = async (): Promise<void> => {
    await stage.start(['1.0.0', 'sha-1', 'sha-2'], ...POLICY);
    digest = parseDigest(stage.registry().tags(PATH).get('sha-1') ?? '');
    expect((await stage.run('prune', UI, '--apply', '--yes')).status).toBe(0);
    expect(stage.registry().tags(PATH).has('sha-1')).toBe(false);
  };

  it('lists what can be restored, and until when', async () => {
    await prune();

    const { status, stdout } = await stage.run('restore', UI);
    const json = await stage.run('restore', UI, '-o', 'json');
    const lines = await stage.run('restore', UI, '-o', 'ndjson');

    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^sha-1 +2026-07-16T\\S+ +${digest}$`, 'm'));
    expect(JSON.parse(json.stdout)).toMatchObject({ restorable: [{ digest, tags: ['sha-1'] }] });
    expect(JSON.parse(lines.stdout)).toMatchObject({ digest });
  });

  it('says so when nothing waits', async () => {
    await stage.start(['1.0.0'], ...POLICY);

    expect((await stage.run('restore', UI)).stdout).toBe(
      `Nothing of ${UI} waits to be restored.\n`,
    );
  });

  it('brings a tag back, and says how to keep it', async () => {
    await prune();

    const { status, stdout } = await stage.run('restore', UI, 'sha-1', '--reason', 'needed');

    expect(status).toBe(0);
    expect(stdout).toContain(`sha-1 of ${UI} is back on ${digest}.`);
    expect(stdout).toContain('Everything that the image needs is there.');
    expect(stdout).toContain(`tagward pin ${UI} sha-1 --reason`);
    expect(stage.registry().tags(PATH).get('sha-1')).toBe(digest);
  });

  it('gives the same as data', async () => {
    await prune();

    const { stdout } = await stage.run('restore', UI, 'sha-1', '-o', 'json');

    expect(JSON.parse(stdout)).toMatchObject({ digest, verified: { whole: true, missing: [] } });
  });

  it('finds nothing wrong in a tag that stands there already', async () => {
    await stage.start(['1.0.0', 'sha-1'], ...POLICY);
    const standing = stage.registry().tags(PATH).get('sha-1') ?? '';

    const { status, stdout } = await stage.run('restore', UI, 'sha-1');

    expect(status).toBe(0);
    expect(stdout).toContain(`sha-1 of ${UI} stands on ${standing} already.`);
  });

  it('ends with 1 and names what the registry has lost', async () => {
    const missing = [`sha256:${'a'.repeat(64)}`];
    const restored = {
      tag: 'sha-1',
      digest: 'd',
      sequence: 7,
      verified: { whole: false, missing },
    };

    const { asked, value } = await withScriptedService([{ json: restored }], (url) =>
      tagward(['restore', UI, 'sha-1', '--server', url]),
    );

    expect(value.status).toBe(1);
    expect(value.stdout).toContain(`has lost 1 of its manifests and blobs:\n  ${missing[0] ?? ''}`);
    expect(asked).toEqual(['POST /api/v1/repositories/local~gallery~ui/tags/sha-1/restorations']);
  });

  it('does not overwrite what was pushed meanwhile, unless it is forced', async () => {
    await prune();
    const { digest: pushed } = stage.registry().pushImage(PATH, 'sha-1', { seed: 'again' });

    const refused = await stage.run('restore', UI, 'sha-1');
    const found = stage.registry().tags(PATH).get('sha-1');
    const forced = await stage.run('restore', UI, 'sha-1', '--force');

    expect(refused.status).toBe(5);
    expect(refused.stderr).toContain(digest);
    expect(refused.stderr).toContain(pushed);
    expect(refused.stderr).toContain(`tagward restore ${UI} sha-1 --force`);
    expect(found).toBe(pushed);
    expect(forced.status).toBe(0);
    expect(stage.registry().tags(PATH).get('sha-1')).toBe(digest);
  });

  it('restores another digest than the last one', async () => {
    await prune();
    const other = stage.registry().tags(PATH).get('sha-2') ?? '';

    const { status } = await stage.run('restore', UI, 'sha-1', '--digest', other);

    expect(status).toBe(0);
    expect(stage.registry().tags(PATH).get('sha-1')).toBe(other);
  });

  it('says what to do when the window is over and the digest is gone', async () => {
    await prune();
    stage.clock.advance(15 * DAY);
    await stage.service().app.get(RetentionSchedule).lookForDue();
    stage.registry().removeManifest(PATH, digest);

    const { status, stderr } = await stage.run('restore', UI, 'sha-1');

    expect(status).toBe(1);
    expect(stderr).toContain('restore-window-over');
    expect(stderr).toContain(`what is left: tagward restore ${UI}`);
  });

  it('ends with 1 for a tag that nobody has ever seen', async () => {
    await stage.start(['1.0.0'], ...POLICY);

    const { status, stderr } = await stage.run('restore', UI, 'sha-9');

    expect(status).toBe(1);
    expect(stderr).toContain(`What can be restored: tagward restore ${UI}`);
  });

  it.each`
    args                             | words
    ${[]}                            | ${'restore needs a repository'}
    ${['ui', 'sha-1']}               | ${'is no repository'}
    ${[UI, 'a b']}                   | ${'is no legal tag'}
    ${[UI, '../x']}                  | ${'is no legal tag'}
    ${[UI, 'x', '--digest', 'sha1']} | ${'allowed: sha256: and 64 hex digits'}
    ${[UI, '--force']}               | ${'--force needs a tag'}
    ${[UI, 'x', 'y']}                | ${'restore does not take "y"'}
    ${[UI, 'x', '-o', 'xml']}        | ${'allowed: table, json, ndjson'}
  `(
    'ends with 2 and a sentence for the arguments $args',
    async (row: { args: readonly string[]; words: string }) => {
      const { status, stdout, stderr } = await tagward(['restore', ...row.args]);

      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(row.words);
    },
  );
});
