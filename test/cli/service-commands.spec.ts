import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommandLine } from '../../src/cli/run';
import { describeOnRealRegistries } from '../support/real-registries';
import { OPERATE_TOKEN } from '../support/test-config';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function tagward(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  const status = await runCommandLine(args, {
    stdin: (async function* none(): AsyncGenerator<string> {
      // The commands under test read no input.
    })(),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env,
    now: () => 0,
  });
  return { status, stdout, stderr };
}

describeOnRealRegistries('commands that ask a service', (start) => {
  const stage = useStage(start);

  function file(name: string, text: string): string {
    const path = join(stage.service().config.folder, name);
    writeFileSync(path, text);
    return path;
  }

  function run(...args: readonly string[]): Promise<Ended> {
    const env = { TAGWARD_URL: stage.service().client.url };
    return tagward([...args, '--token-file', file('token', `${OPERATE_TOKEN}\n`)], env);
  }

  async function repositoryWith(...tags: readonly string[]): Promise<TestRepository> {
    const repository = stage.repository();
    for (const tag of tags) {
      await repository.publish(tag);
      stage.clock.advance(DAY);
    }
    return repository;
  }

  it('backtest lists what other rules would not have moved', async () => {
    const { name } = await repositoryWith('1.0.0', '1.1.0');
    const rules = file('rules.yaml', 'levels: [minor]\n');

    const { status, stdout } = await run('backtest', '--rules', rules, '--repository', name);

    expect(status).toBe(0);
    expect(stdout).toContain(`${name}: 2 releases, 6 recorded moves; 2 the same by these rules`);
    expect(stdout).toContain('latest would not have moved to 1.1.0');
  });

  it('backtest gives the same as data', async () => {
    const { name } = await repositoryWith('1.0.0');
    const rules = file('rules.yaml', '');

    const { stdout } = await run('backtest', '--rules', rules, '--repository', name, '-o', 'json');

    expect(JSON.parse(stdout)).toMatchObject({ repository: name, same: 3, differences: [] });
  });

  it('backtest tells faults of the rules with line and column', async () => {
    const rules = file('rules.yaml', 'levels: [minor]\nschem: semver\n');

    const { status, stderr } = await run('backtest', '--rules', rules, '--repository', 'local/x');

    expect(status).toBe(2);
    expect(stderr).toContain('rules.yaml:2:1');
    expect(stderr).toContain('did you mean `scheme`?');
  });

  it('import says what fits, and adopts when it is told to', async () => {
    const repository = await repositoryWith('1.0.0', '1.0.1');
    await repository.retag('latest', '1.0.0');
    await repository.reconcile();

    const before = await run('import', repository.name);
    const after = await run('import', repository.name, '--adopt');

    expect(before.status).toBe(0);
    expect(before.stdout).toContain('2 fit the configured rules');
    expect(before.stdout).toMatch(/latest +1\.0\.1 +differs/);
    expect(after.stdout).toContain('latest: moved: somebody else moved latest');
    expect((await repository.movingTags())['latest']).toBe('1.0.1');
  });

  it.each`
    what                            | args                                                       | status | words
    ${'no repository'}              | ${['import']}                                              | ${2}   | ${'import needs a repository'}
    ${'a repository that is none'}  | ${['import', 'Gallery']}                                   | ${2}   | ${'is no repository'}
    ${'one that is not managed'}    | ${['import', 'elsewhere/x']}                               | ${1}   | ${'repository-unknown'}
    ${'a server that is none'}      | ${['import', 'local/x', '--server', 'nowhere']}            | ${2}   | ${'is no URL'}
    ${'a server that is not there'} | ${['import', 'local/x', '--server', 'http://127.0.0.1:1']} | ${6}   | ${'is Tagward running there?'}
  `(
    'ends with $status for $what',
    async (row: { args: readonly string[]; status: number; words: string }) => {
      const { status, stdout, stderr } = await run(...row.args);

      expect({ status, stdout }).toEqual({ status: row.status, stdout: '' });
      expect(stderr).toContain(row.words);
      expect(stderr).not.toContain(OPERATE_TOKEN);
    },
  );

  it('ends with 4 without a token', async () => {
    const env = { TAGWARD_URL: stage.service().client.url };

    const { status, stderr } = await tagward(['import', 'local/x'], env);

    expect(status).toBe(4);
    expect(stderr).toContain('token-missing');
  });
});
