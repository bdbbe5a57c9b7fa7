import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommandLine } from '../../src/cli/run';
import { describeOnRealRegistries } from '../support/real-registries';
import { OPERATE_TOKEN } from '../support/test-config';
import { withReleases } from '../retention/pruning';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';

const NEWEST = 'rules: [{ class: release, keep: { any: [{ newestPatches: 1, per: minor }] } }]\n';

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

describeOnRealRegistries('tagward retention replay', (start) => {
  const stage = useStage(start);

  function file(name: string, text: string): string {
    const path = join(stage.service().config.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs the command with a policy in a file. */
  async function replay(policy: string, ...args: readonly string[]): Promise<Ended> {
    const files = ['--policy', file('policy.yaml', policy), '--token-file'];
    const all = ['retention', 'replay', ...files, file('token', `${OPERATE_TOKEN}\n`), ...args];
    let [stdout, stderr] = ['', ''];
    const status = await runCommandLine(all, {
      stdin: (async function* none(): AsyncGenerator<string> {
        // The policy is in a file.
      })(),
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      env: { TAGWARD_URL: stage.service().client.url },
      now: () => 0,
    });
    return { status, stdout, stderr };
  }

  /** A day ago, latest was rolled back to a release that is not the newest of its minor. */
  async function withRollback(): Promise<TestRepository> {
    const repository = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);
    const path = `repositories/${repository.slug}/tags/latest/rollbacks`;
    await repository.client.post(path, { to: '1.0.0', reason: 'it loses data' });
    stage.clock.advance(DAY);
    return repository;
  }

  it('shows first what would have been needed', async () => {
    const { name } = await withRollback();

    const { status, stdout } = await replay(NEWEST, '--repository', name);

    expect(status).toBe(0);
    const [head, , heading, regret] = stdout.split('\n');
    expect(head).toMatch(/: 1 tag that it would have deleted was needed later, 1 past restoring$/);
    expect(heading).toMatch(/^TAG +DELETED +NEEDED +HOW +WHAT$/);
    expect(regret).toMatch(/^1\.0\.0 .*rolled-back, lost .*latest was rolled back to it/);
    expect(stdout).toContain('deleted    2, at most 1 in a day\n           2 by release\n');
    expect(stdout).toContain('note: the record of this repository begins on ');
  });

  it('says that nothing was needed', async () => {
    const { name } = await withReleases(stage, ['1.0.0', '1.0.1', '1.0.2']);

    const { stdout } = await replay(NEWEST, '--repository', name);

    expect(stdout).toContain(': nothing that it would have deleted was needed later\n');
    expect(stdout).not.toContain('TAG ');
  });

  it('says which plans waited for a person', async () => {
    const { name } = await withRollback();
    const guarded = `${NEWEST}guards: { maxDelete: 0 }\n`;

    const waiting = await replay(guarded, '--repository', name);
    const approved = await replay(guarded, '--repository', name, '--approve');

    expect(waiting.stdout).toContain(': nothing would have been deleted\n');
    expect(waiting.stdout).toMatch(
      /approval {3}\d+ plans waited for a person, .*maxDelete is 0\): not executed, --approve/,
    );
    expect(approved.stdout).toMatch(/2 plans waited for a person, .*: taken as approved\n/);
  });

  it('gives the same as data', async () => {
    const { name } = await withRollback();

    const { stdout } = await replay(NEWEST, '--repository', name, '--days', '40', '-o', 'json');

    expect(JSON.parse(stdout)).toMatchObject({
      repository: name,
      counts: { deleted: 2, regrets: 1 },
      regrets: [{ tag: '1.0.0', kind: 'rolled-back', by: ['latest'] }],
    });
  });

  it('gives a line for everything that it found', async () => {
    const { name } = await withRollback();

    const { stdout } = await replay(NEWEST, '--repository', name, '--days', '3', '-o', 'ndjson');

    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => Object.keys(JSON.parse(line) as object).join());
    expect(lines.slice(1)).toEqual(['regret', 'deletion', 'deletion', 'day', 'day', 'day']);
  });

  it('ends with 5 for a regret where it is told to', async () => {
    const { name } = await withRollback();

    const failing = await replay(NEWEST, '--repository', name, '--fail-on-regret');
    const safe = `${NEWEST}protect: { rollbackDepth: 2 }\n`;
    const passing = await replay(safe, '--repository', name, '--fail-on-regret');

    expect([failing.status, passing.status]).toEqual([5, 0]);
  });

  it('takes the policy out of a file that has rules beside it, and says that it leaves them', async () => {
    const { name } = await withReleases(stage, ['1.0.0']);
    const both = `policy: { ${NEWEST.trim()} }\nrules: { levels: [minor] }\n`;

    const { status, stderr } = await replay(both, '--repository', name);

    expect(status).toBe(0);
    expect(stderr).toContain('policy.yaml: rules are left out');
  });

  it('tells faults of the policy with line and column', async () => {
    const faulty = `${NEWEST}gaurds: { maxDelete: 1 }\n`;

    const { status, stderr } = await replay(faulty, '--repository', 'local/gallery/x');

    expect(status).toBe(2);
    expect(stderr).toContain('policy.yaml:2:1');
    expect(stderr).toContain('did you mean `guards`?');
  });

  it.each`
    what                            | args                                                             | status | words
    ${'no repository'}              | ${[]}                                                            | ${2}   | ${'retention replay needs a repository'}
    ${'days that are none'}         | ${['--repository', 'local/x', '--days', 'many']}                 | ${2}   | ${'--days is "many"'}
    ${'more than a year'}           | ${['--repository', 'local/x', '--days', '366']}                  | ${2}   | ${'from 1 to 365'}
    ${'one that is not managed'}    | ${['--repository', 'elsewhere/x']}                               | ${1}   | ${'repository-unknown'}
    ${'a server that is not there'} | ${['--repository', 'local/x', '--server', 'http://127.0.0.1:1']} | ${6}   | ${'is Tagward running there?'}
  `(
    'ends with $status for $what',
    async (row: { args: readonly string[]; status: number; words: string }) => {
      const { status, stdout, stderr } = await replay(NEWEST, ...row.args);

      expect({ status, stdout }).toEqual({ status: row.status, stdout: '' });
      expect(stderr).toContain(row.words);
    },
  );
});
