import { RetentionSchedule } from '../../src/retention/retention-schedule';
import { RetentionPlanAnswer, RetentionRunAnswer } from '../../src/retention/retention.schema';
import { whenEnded } from '../retention/pruning';
import { DAY } from '../tagging/stage';
import {
  type CommandStage,
  PATH,
  tagward,
  UI,
  useCommandStage,
  withScriptedService,
} from './command-stage';

const TAGS = ['1.0.0', 'sha-1', 'sha-2', 'sha-3'];
const BUILDS = 'rules: [ { class: build, match: ["sha-*"], keep: { any: [ { newest: 1 } ] } } ]';

describe('tagward prune', () => {
  const stage = useCommandStage();

  const buildsLeft = (): readonly string[] => buildsIn(stage);
  const planId = async (): Promise<string> => {
    const { stdout } = await stage.run('prune', UI, '-o', 'json');
    return String(RetentionPlanAnswer.parse(JSON.parse(stdout)).id);
  };

  describe('without --apply', () => {
    it('shows what goes, says that nothing went, and how it would', async () => {
      await stage.start(TAGS, BUILDS);

      const { status, stdout, stderr } = await stage.run('prune', UI);

      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('planned: 2 to delete, 5 to keep, 0 blocked');
      expect(stdout).toMatch(/^sha-1 +delete by /m);
      expect(stdout).not.toMatch(/^sha-3 /m);
      expect(stdout).toContain('5 tags to keep not listed; --all lists all');
      expect(stdout).toContain('Nothing was deleted.');
      expect(stdout).toMatch(/^ {2}tagward prune --apply \d+$/m);
      expect(buildsLeft()).toEqual(['sha-1', 'sha-2', 'sha-3']);
    });

    it('lists what stays with --all, behind what goes', async () => {
      await stage.start(TAGS, BUILDS);

      const { stdout } = await stage.run('prune', UI, '--all');

      expect(stdout).toMatch(/^sha-1 +delete[^]*^sha-3 +keep/m);
      expect(stdout).not.toContain('--all lists all');
    });

    it('gives the plan as data, in one piece or line by line', async () => {
      await stage.start(TAGS, BUILDS);

      const json = await stage.run('prune', UI, '-o', 'json');
      const lines = await stage.run('prune', UI, '-o', 'ndjson');

      const plan = RetentionPlanAnswer.parse(JSON.parse(json.stdout));
      const [head, ...rest] = lines.stdout.trim().split('\n').map(parseLine);
      expect(plan.decisions).toHaveLength(7);
      expect(head).toMatchObject({ repository: UI, outcome: 'planned' });
      expect(rest).toHaveLength(7);
      expect(rest).toContainEqual({ decision: plan.decisions[0] });
    });

    it('names the guards that hold a plan, and the command that sets them aside', async () => {
      await stage.start(TAGS, BUILDS, 'guards: { maxDelete: 1, minRemaining: 6, approveAbove: 1 }');

      const { status, stdout } = await stage.run('prune', UI);

      expect(status).toBe(0);
      expect(stdout).toContain('guard max-delete: it deletes 2 tags, and maxDelete is 1');
      expect(stdout).toMatch(/--apply \d+ --override max-delete,min-remaining --reason 'why'\n/);
    });

    it('offers nothing to execute where nothing goes', async () => {
      await stage.start(['1.0.0', 'sha-1'], BUILDS);

      const { stdout } = await stage.run('prune', UI);

      expect(stdout).toContain('There is nothing to delete.');
      expect(stdout).not.toContain('--apply');
    });

    it('shows a stored plan again, and what became of it', async () => {
      await stage.start(TAGS, BUILDS);
      const id = await planId();

      const before = await stage.run('prune', id);
      await stage.run('prune', '--apply', id);
      const after = await stage.run('prune', id);

      expect(before.stdout).toContain(`tagward prune --apply ${id}`);
      expect(after.stdout).toContain('tagward prune --run 1');
    });

    it('repeats in the command by which options it came to the service', async () => {
      await stage.start(TAGS, BUILDS);
      const { url } = stage.service().client;

      const { stdout } = await stage.run('prune', UI, '--server', url);

      expect(stdout).toMatch(new RegExp(`--apply \\d+ --server ${url}$`, 'm'));
    });
  });

  describe('--apply', () => {
    it('executes exactly the plan that was stored', async () => {
      await stage.start(TAGS, BUILDS);
      const id = await planId();
      stage.registry().pushImage(PATH, 'sha-4');

      const { status, stdout, stderr } = await stage.run('prune', '--apply', id);

      expect(status).toBe(0);
      expect(stdout).toContain(`Run 1 of plan ${id}, ${UI}: done\n2 pruned\n`);
      expect(stdout).toMatch(/^sha-2 +pruned /m);
      expect(stderr).toContain('2 to delete');
      expect(buildsLeft()).toEqual(['sha-3', 'sha-4']);
    });

    it('computes a plan for a repository and executes it with --yes', async () => {
      await stage.start(TAGS, BUILDS);

      const { status } = await stage.run('prune', UI, '--apply', '--yes');

      expect(status).toBe(0);
      expect(buildsLeft()).toEqual(['sha-3']);
    });

    it('gives the run as data, line by line too', async () => {
      await stage.start(TAGS, BUILDS);

      const { stdout } = await stage.run('prune', '--apply', await planId(), '-o', 'json');
      const again = await stage.run('prune', '--run', '1', '-o', 'ndjson');

      const run = RetentionRunAnswer.parse(JSON.parse(stdout));
      const [head, ...items] = again.stdout.trim().split('\n').map(parseLine);
      expect(run).toMatchObject({ status: 'done', repository: UI });
      expect(head).toMatchObject({ id: run.id, status: 'done' });
      expect(items).toEqual(run.items.map((item) => ({ item })));
    });

    it('executes nothing where nobody can be asked', async () => {
      await stage.start(TAGS, BUILDS);

      const { status, stderr } = await stage.run('prune', UI, '--apply');

      expect(status).toBe(2);
      expect(stderr).toContain('add --yes, or give the id of a plan');
      expect(buildsLeft()).toHaveLength(3);
    });

    it.each([
      ['a repository', (): Promise<readonly string[]> => Promise.resolve([UI, '--apply'])],
      ['a plan', async (): Promise<readonly string[]> => ['--apply', await planId()]],
    ])('asks at a terminal for the number of deletions of %s', async (_what, argsOf) => {
      await stage.start(TAGS, BUILDS);

      const { status, stderr } = await stage.runTyping('2\n', 'prune', ...(await argsOf()));

      expect(status).toBe(0);
      expect(stderr).toContain('delete by tag');
      expect(stderr).toContain('Type 2 to delete 2 tags');
      expect(buildsLeft()).toEqual(['sha-3']);
    });

    it.each(['y\n', '\n', '3\n', '', '2x\n'])('ends with 3 for the answer %j', async (typed) => {
      await stage.start(TAGS, BUILDS);

      const { status, stdout, stderr } = await stage.runTyping(typed, 'prune', UI, '--apply');

      expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
      expect(stderr).toContain('Nothing was deleted. Plan 1 can be executed before');
      expect(buildsLeft()).toHaveLength(3);
    });

    it('asks nothing with --yes', async () => {
      await stage.start(TAGS, BUILDS);

      const { status, stderr } = await stage.runTyping('', 'prune', UI, '--apply', '--yes');

      expect(status).toBe(0);
      expect(stderr).not.toContain('Type');
    });

    it('refuses a plan of another repository', async () => {
      await stage.start(TAGS, BUILDS);

      const { status, stderr } = await stage.run('prune', 'local/x', '--apply', await planId());

      expect(status).toBe(2);
      expect(stderr).toContain(`plan 1 is for ${UI}, not local/x`);
      expect(buildsLeft()).toHaveLength(3);
    });

    it('ends with 5 for a plan that has been executed, has expired or lets nothing go', async () => {
      const repository = await stage.start(
        TAGS,
        BUILDS,
        'protect: { inUse: { maxReportAge: 24h } }',
      );
      const skipped = await stage.run('prune', '--apply', await planId());
      await repository.client.put('in-use/cluster', { repositories: {} });
      const executed = await planId();
      await stage.run('prune', '--apply', executed);
      const again = await stage.run('prune', '--apply', executed);
      const old = await planId();
      stage.clock.advance(2 * DAY);
      const expired = await stage.run('prune', '--apply', old);

      expect([skipped.status, again.status, expired.status]).toEqual([5, 5, 5]);
      expect(skipped.stderr).toContain('lets nothing go: skipped (stale-in-use-report');
      expect(again.stderr).toContain('has been executed: tagward prune --run 1 shows how');
      expect(expired.stderr).toContain(`expired at`);
    });

    it('ends with 1 when the registry refuses a deletion', async () => {
      await stage.start(TAGS, BUILDS);
      const id = await planId();
      const isOne = ({ path }: { path: string }): boolean => path.endsWith('/sha-1');
      const match = (request: { method: string; path: string }): boolean =>
        request.method === 'DELETE' && isOne(request);
      stage.registry().failNext(match, { status: 409 }, 9);

      const { status, stdout } = await stage.run('prune', '--apply', id);

      expect(status).toBe(1);
      expect(stdout).toContain('1 pruned, 1 refused');
      expect(stdout).toMatch(/^sha-1 +refused /m);
    });

    it('ends with 5 when a guard speaks only at the execution', async () => {
      await stage.start(
        ['1.0.0', '1.0.1', ...TAGS.slice(1)],
        BUILDS,
        'guards: { minRemaining: 6 }',
      );
      const id = await planId();
      stage.registry().removeTag(PATH, '1.0.0');

      const { status, stdout } = await stage.run('prune', '--apply', id);

      expect(status).toBe(5);
      expect(stdout).toContain('needs-approval (min-remaining: ');
      expect(buildsLeft()).toHaveLength(3);
    });
  });

  describe('a plan that its guards hold', () => {
    it('is executed when they are named, with the reason that is given', async () => {
      await stage.start(TAGS, BUILDS, 'guards: { maxDelete: 1, approveAbove: 1 }');
      const id = await planId();

      const bare = await stage.run('prune', '--apply', id);
      const left = buildsLeft();
      const approved = ['--override', 'max-delete', '--reason', 'a clean-up'];
      const ended = await stage.run('prune', '--apply', id, ...approved);

      expect(bare.status).toBe(5);
      expect(bare.stderr).toContain('it deletes 2 tags, and maxDelete is 1');
      expect(bare.stderr).toContain(`tagward prune --apply ${id} --override max-delete --reason`);
      expect(left).toHaveLength(3);
      expect(ended.status).toBe(0);
      expect(buildsLeft()).toEqual(['sha-3']);
    });

    it('is not executed unseen where a person has to approve its size', async () => {
      await stage.start(TAGS, BUILDS, 'guards: { approveAbove: 1 }');

      const unseen = await stage.run('prune', UI, '--apply', '--yes');
      const left = buildsLeft();
      const seen = await stage.runTyping('2\n', 'prune', UI, '--apply');

      expect(unseen.status).toBe(5);
      expect(unseen.stderr).toContain('To execute it all the same: tagward prune --apply 1\n');
      expect(left).toHaveLength(3);
      expect(seen.status).toBe(0);
    });
  });

  describe('under a notice', () => {
    const NOTICE = 'delete: { notice: 3d }';

    it('says when the deletions happen and how to cancel them, and is there at the end', async () => {
      const repository = await stage.start(TAGS, BUILDS, NOTICE);

      const begun = await stage.run('prune', UI, '--apply', '--yes');
      const during = await stage.run('prune', '--run', '1');
      const left = buildsLeft();
      stage.clock.advance(3 * DAY);
      await stage.service().app.get(RetentionSchedule).lookForDue();
      await whenEnded(repository, 1);
      const after = await stage.run('prune', '--run', '1');

      expect([begun.status, during.status, after.status]).toEqual([0, 0, 0]);
      expect(begun.stdout).toContain('2 tags will be deleted at 2026-07-05T');
      expect(begun.stdout).toContain('tagward prune --cancel 1 --reason');
      expect(during.stdout).toContain('2 scheduled');
      expect(left).toHaveLength(3);
      expect(after.stdout).toContain('done\n2 pruned');
    });

    it('cancels some deletions, then all, then says that nothing is left', async () => {
      const repository = await stage.start(TAGS, BUILDS, NOTICE);
      await stage.run('prune', UI, '--apply', '--yes');

      const cancel = ['prune', '--cancel', '1', '--reason', 'still needed'];
      const one = await stage.run(...cancel, '--tags', 'sha-2');
      const all = await stage.run(...cancel);
      const none = await stage.run(...cancel);
      stage.clock.advance(3 * DAY);
      await stage.service().app.get(RetentionSchedule).lookForDue();
      await whenEnded(repository, 1);

      expect([one.status, all.status, none.status]).toEqual([0, 0, 5]);
      expect(one.stdout).toMatch(/^sha-2 +skipped .*cancelled by token:admin: still needed$/m);
      expect(one.stdout).toContain('1 tag will be deleted at');
      expect(all.stdout).toContain('Nothing of it is left to be deleted.');
      expect(none.stderr).toContain('no such deletion left to cancel');
      expect(buildsLeft()).toHaveLength(3);
    });
  });

  it.each`
    args                                                                 | words
    ${[]}                                                                | ${'prune needs a repository'}
    ${['Gallery']}                                                       | ${'is no repository'}
    ${[UI, '17']}                                                        | ${'with --apply'}
    ${['--apply']}                                                       | ${'needs the id of one plan'}
    ${['--apply', '1', '2']}                                             | ${'needs the id of one plan'}
    ${['--apply', '0']}                                                  | ${'is no repository'}
    ${[UI, '--yes']}                                                     | ${'--yes goes with --apply'}
    ${[UI, '--no-wait']}                                                 | ${'--no-wait goes with --apply or --run'}
    ${[UI, '--override', 'max-delete']}                                  | ${'--override goes with --apply'}
    ${['--apply', '1', '--override', 'max-delete']}                      | ${'--override needs --reason'}
    ${['--apply', '1', '--override', 'max-delet', '--reason', 'x']}      | ${'did you mean `max-delete`?'}
    ${['--apply', '1', '--override', 'inventory-drop', '--reason', 'x']} | ${'allowed: max-delete, max-delete-percent, min-remaining, approve-above'}
    ${['--apply', '1', '--reason', 'x']}                                 | ${'--reason goes with --override or --cancel'}
    ${['--apply', '1', '--cancel', '1']}                                 | ${'are two commands'}
    ${['--cancel', '1']}                                                 | ${'--cancel needs --reason'}
    ${['--cancel', 'x', '--reason', 'x']}                                | ${'allowed: the id of a run'}
    ${['--cancel', '1', '--reason', 'x', '--tags', 'a,b c']}             | ${'"b c" is no legal tag'}
    ${['--cancel', '1', '--reason', 'x', 'sha-1']}                       | ${'no "sha-1"'}
    ${['--run', '1', '--all']}                                           | ${'--all goes with a plan'}
    ${[UI, '-o', 'yaml']}                                                | ${'allowed: table, json, ndjson'}
    ${[UI, '--server', 'nowhere']}                                       | ${'is no URL'}
  `(
    'ends with 2 and a sentence for the arguments $args',
    async (row: { args: readonly string[]; words: string }) => {
      const { status, stdout, stderr } = await tagward(['prune', ...row.args]);

      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(row.words);
    },
  );

  it.each`
    what                            | args                                           | code | words
    ${'a repository with no rules'} | ${['prune', 'elsewhere/x']}                    | ${5} | ${'policy-missing'}
    ${'an unknown plan'}            | ${['prune', '--apply', '99']}                  | ${1} | ${'plan-unknown'}
    ${'an unknown run'}             | ${['prune', '--run', '99']}                    | ${1} | ${'run-unknown'}
    ${'no service'}                 | ${['prune', UI, '--server', 'http://[::1]:1']} | ${6} | ${'is Tagward running there?'}
    ${'a token file that is no'}    | ${['prune', UI, '--token-file', '/nowhere']}   | ${2} | ${'cannot read the token file'}
  `(
    'ends with $code for $what',
    async (row: { args: readonly string[]; code: number; words: string }) => {
      await stage.start(['1.0.0'], BUILDS);

      const { status, stdout, stderr } = await stage.run(...row.args);

      expect({ status, stdout }).toEqual({ status: row.code, stdout: '' });
      expect(stderr).toContain(row.words);
    },
  );

  it('is in the list of commands, and has a help of its own', async () => {
    const list = await tagward(['help']);
    const help = await tagward(['help', 'prune']);

    expect(list.stdout).toMatch(/^ {2}prune +what retention lets go/m);
    expect(help.stdout).toContain('tagward prune REPOSITORY --apply [--yes]');
    expect(help.stdout).toContain('max-delete, max-delete-percent, min-remaining, approve-above');
  });
});

describe('a run that tagward prune follows', () => {
  const run = (status: string, ...states: readonly string[]): { json: unknown } => ({
    json: {
      ...{ id: 5, planId: 17, repository: UI, status },
      ...{ startedAt: '2026-07-01T10:00:00.000Z', dueAt: '2026-07-01T10:00:00.000Z' },
      items: states.map((state, at) => ({ tag: `sha-${at}`, digest: 'd', form: 'tag', state })),
    },
  });
  const twenty = (settled: number): readonly string[] =>
    Array.from({ length: 20 }, (_, at) => (at < settled ? 'pruned' : 'scheduled'));
  const follow = (isTTY: boolean) => (url: string) =>
    tagward(['prune', '--run', '5', '--server', url], { isTTY });

  it('is one line that changes on a terminal', async () => {
    const answers = [
      run('running', 'scheduled', 'scheduled'),
      run('done', 'pruned', 'skipped'),
    ] as const;

    const { value } = await withScriptedService(answers, follow(true));

    expect(value.stderr).toBe('\r\u001b[K0/2 pruned\r\u001b[K1/2 pruned, 1 skipped\r\u001b[K');
    expect(value.stdout).toContain('1 pruned, 1 skipped');
  });

  it('is a line at every tenth of the way elsewhere', async () => {
    const [first, ...others] = [0, 1, 2, 3, 9, 10].map((count) => run('running', ...twenty(count)));

    const { value } = await withScriptedService(
      [first ?? run('done'), ...others, run('done', ...twenty(20))],
      follow(false),
    );

    expect(value.stderr).toBe('2/20 pruned\n9/20 pruned\n20/20 pruned\n');
  });

  it('outlives a restart of the service', async () => {
    const down = { status: 503, json: { title: 'x', detail: 'stopping', code: 'stopping' } };
    const answers = [run('running', 'scheduled'), down, down, run('done', 'pruned')] as const;

    const { asked, value } = await withScriptedService(answers, follow(false));

    expect(value.status).toBe(0);
    expect(asked).toEqual(Array(4).fill('GET /api/v1/retention-runs/5'));
  });

  it('goes on without the command when the service does not come back', async () => {
    const gone = { status: 404, json: { title: 'x', detail: 'no run', code: 'run-unknown' } };
    const answers = [run('running', 'scheduled'), gone] as const;

    const { value } = await withScriptedService(answers, follow(false));

    expect(value.status).toBe(1);
    expect(value.stderr).toContain('Run 5 goes on without this command: tagward prune --run 5');
  });

  it('is not waited for with --no-wait', async () => {
    const answers = [run('running', 'scheduled')] as const;

    const { asked, value } = await withScriptedService(answers, (url) =>
      tagward(['prune', '--run', '5', '--no-wait', '--server', url]),
    );

    expect(value.status).toBe(0);
    expect(value.stdout).toContain('running\n1 scheduled');
    expect(asked).toHaveLength(1);
  });

  it.each`
    status              | code
    ${'done'}           | ${0}
    ${'needs-approval'} | ${5}
    ${'refused'}        | ${5}
    ${'skipped'}        | ${5}
    ${'aborted'}        | ${5}
    ${'failed'}         | ${1}
    ${'something new'}  | ${1}
  `('ends with $code for a run that is $status', async (row: { status: string; code: number }) => {
    const { value } = await withScriptedService([run(row.status)], follow(false));

    expect(value.status).toBe(row.code);
  });

  it('lets no text of the service command the terminal', async () => {
    const clear = '\u001b[2J\u009b2J\r\u202e';
    const { json } = run('done', clear);
    const reason = { code: clear, text: clear };
    const shown = await withScriptedService(
      [{ json: { ...Object(json), repository: clear, reason } }],
      follow(false),
    );
    const refused = await withScriptedService(
      [{ status: 409, json: { title: clear, detail: clear, code: clear, requestId: clear } }],
      follow(false),
    );

    for (const { stdout, stderr } of [shown.value, refused.value]) {
      expect(`${stdout}${stderr}`.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
    }
    expect(shown.value.stdout).toContain('\\u{1b}[2J');
    expect(refused.value.stderr).toContain('\\u{1b}[2J');
  });

  it('says so where something answers that is no Tagward', async () => {
    const { value } = await withScriptedService([{ json: { hello: 'world' } }], follow(false));

    expect(value.status).toBe(1);
    expect(value.stderr).toContain('is it Tagward, and of this version?');
  });
});

function parseLine(line: string): unknown {
  return JSON.parse(line);
}

function buildsIn(stage: CommandStage): readonly string[] {
  return [...stage.registry().tags(PATH).keys()].filter((tag) => tag.startsWith('sha-')).sort();
}
