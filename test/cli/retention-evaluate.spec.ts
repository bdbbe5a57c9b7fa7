import {
  before,
  build,
  digestPin,
  EvaluationFolder,
  indexes,
  P0,
  policyText,
  R,
  release,
  repository,
  runRetention,
  T,
  tags,
} from './evaluations';
import { digestOf } from '../core/builders';

const folder = new EvaluationFolder();
afterAll(() => {
  folder.remove();
});

const KEEP_NONE = policyText([release('newest: 0')]);
const TWO = tags('1.0.0 a 9d\n1.0.1 b 8d');
const A = digestOf('a');

describe('tagward retention evaluate', () => {
  it('prints one decision for every tag, and what nothing reaches any more', async () => {
    const { evaluation } = await folder.evaluate(
      policyText([release('newest: 1')]),
      repository(TWO),
    );

    expect(evaluation).toEqual({
      outcome: 'planned',
      warnings: [],
      decisions: [
        {
          ...{ tag: '1.0.0', digest: A, verdict: 'delete', form: 'tag', rule: 'release' },
          reasons: [{ code: 'no-condition-keeps', text: 'deleted: no condition keeps it' }],
        },
        {
          ...{ tag: '1.0.1', digest: digestOf('b'), verdict: 'keep', rule: 'release' },
          reasons: [{ code: 'kept-by-rule', text: 'kept: the newest' }],
        },
      ],
      unreachable: [A],
    });
  });

  it('prints a line for the whole and one for each decision as ndjson', async () => {
    const { stdout } = await folder.run(
      KEEP_NONE,
      JSON.stringify(repository(TWO)),
      ...['-o', 'ndjson'],
    );
    const [head, ...decisions] = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));

    expect(head).toEqual({
      ...{ outcome: 'planned', warnings: [], unreachable: [A, digestOf('b')] },
    });
    expect(decisions).toMatchObject([
      { decision: { tag: '1.0.0', verdict: 'delete' } },
      { decision: { tag: '1.0.1', verdict: 'delete' } },
    ]);
  });

  it('shows a table with what goes first, why, and the warnings', async () => {
    const policy = policyText(
      [release('newest: 1'), build('none-*', 'newest: 1')],
      'guards: { maxDelete: 0 }',
    );
    const listed = [...tags('1.0.1 b 8d\nnightly n 1d'), ...tags('1.0.0 a 9d')];

    const { code, stdout } = await folder.run(policy, JSON.stringify(repository(listed)));
    const lines = stdout.split('\n').map((line) => line.replace(/ +/g, ' ').trim());

    expect(code).toBe(0);
    expect(lines).toEqual([
      'needs-approval (max-delete: it deletes 1 tags, and maxDelete is 0): 1 to delete, 2 to keep, 0 blocked',
      '',
      'TAG VERDICT WHY',
      '1.0.0 delete by tag no condition keeps it',
      '1.0.1 keep the newest',
      'nightly keep no rule is about it',
      '',
      expect.stringMatching(/^warning zero-match: the rule "build none-\*" names no tag/),
      '',
    ]);
  });

  it('shows no tags', async () => {
    const { stdout } = await folder.run(P0, '{"tags":[]}');

    expect(stdout).toBe('planned: 0 to delete, 0 to keep, 0 blocked\n\nNo tags.\n');
  });

  it('counts ages to --now, to the inventory, or to now', async () => {
    const policy = policyText([release('movedWithin: 8d')]);
    const inventory = { tags: TWO };

    const byClock = await folder.evaluate(policy, inventory);
    const byFile = await folder.evaluate(policy, { ...inventory, now: before('1d') });
    const byOption = await folder.evaluate(
      policy,
      { ...inventory, now: before('1d') },
      ...['--now', '2026-06-01T02:00:00.001+02:00'],
    );

    expect([byClock, byFile, byOption].map(({ deleted }) => deleted)).toEqual([
      ...['1.0.0', '', '1.0.0 1.0.1'],
    ]);
  });

  it('reads the policy or the inventory from standard input', async () => {
    const policy = folder.write('p.yaml', KEEP_NONE);
    const inventory = folder.write('i.json', JSON.stringify(repository(TWO)));
    const files = ['--policy', '-', '--inventory', inventory];

    const fromPolicy = await runRetention(['evaluate', ...files], KEEP_NONE);
    const fromInventory = await runRetention(
      ['evaluate', '--policy', policy, '--inventory', '-'],
      `\uFEFF${JSON.stringify(repository(TWO))}`,
    );

    expect(fromPolicy).toMatchObject({ code: 0, stderr: '' });
    expect(fromInventory).toEqual(fromPolicy);
  });

  it('gives the same answer twice', async () => {
    const [first, again] = await Promise.all([
      folder.evaluate(P0, repository(R)),
      folder.evaluate(P0, repository(R)),
    ]);

    expect(first.evaluation).toEqual(again.evaluation);
  });

  it.each([
    [['evaluate'], 'retention evaluate needs --policy FILE'],
    [['evaluate', '--policy', 'p.yaml'], 'retention evaluate needs --inventory FILE'],
    [[], 'retention needs evaluate or replay, and found nothing'],
    [['evaluat'], 'retention needs evaluate or replay, and found "evaluat"'],
    [['evaluate', '--policy', '/none', '--inventory', '-'], 'cannot read /none'],
    [
      ['evaluate', '--policy', '-', '--inventory', '-', '--now', 'soon'],
      '--now is "soon"; allowed',
    ],
    [['evaluate', '--policy', '-', '--inventory', '-', '-o', 'xml'], 'xml'],
  ])('ends with 2 for %j', async (args, sentence) => {
    const { code, stdout, stderr } = await runRetention(args, '{}');

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
  });
});

describe('a policy file', () => {
  it.each([
    ['1.0.0', ''],
    ['1.0.0 1.0.1', 'rules: { levels: [minor] }\n'],
    ['', 'rules: { scheme: two-part }\n'],
    ['1.0.0 1.0.1', 'rules: { match: local/**, levels: [major] }\n'],
  ])('may have the rules of its repository: deletes "%s" with %j', async (deleted, rules) => {
    const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');
    const listed = tags('1.0.0 a 9d\n1.0.1 b 8d\nlatest c 1d');
    const policy = rules === '' ? KEEP_NONE : `policy:\n${indent(KEEP_NONE)}${rules}`;

    const found = await folder.evaluate(policy, repository(listed));

    expect(found.deleted).toBe(deleted);
  });

  it('may say every protection that cannot be switched off', async () => {
    const policy = policyText(
      [release('newest: 0')],
      'mode: dry-run',
      'clock: { age: lastMoved, unknown: keep, minAge: 0 }',
      'protect: { movingTags: true, references: true, pins: true, rollbackDepth: 0, tags: [] }',
      'delete: { form: auto, notice: 0, restoreWindow: 0, restoreTags: true, dependants: follow-subject }',
      'execution: { concurrency: 2, perSecond: 5, stopAfterErrors: 3 }',
    );

    const found = await folder.evaluate(policy, repository(TWO));

    expect(found.deleted).toBe('1.0.0 1.0.1');
  });

  const RULES = 'rules: [{ class: release, keep: { any: [{ newest: 1 }] } }]';

  it.each([
    [`protect: { movingTags: false }\n${RULES}`, '1:24 protect.movingTags: false is not allowed'],
    [`protect: { references: false }\n${RULES}`, '1:24 protect.references: false is not allowed'],
    [`protect: { pins: no }\n${RULES}`, '1:18 protect.pins: "no" is not allowed'],
    [`clock: { unknown: delete }\n${RULES}`, '1:19 clock.unknown: "delete" is not allowed'],
    [`clock: { age: created }\n${RULES}`, '1:15 clock.age: "created" is not allowed'],
    [`protect: { rollbackDepth: -1 }\n${RULES}`, '1:27 protect.rollbackDepth: -1'],
    [`protect: { tags: ["re:("] }\n${RULES}`, '1:19 protect.tags[0]: "re:(" is not allowed'],
    [`protect: { tags: ["a b"] }\n${RULES}`, '1:19 protect.tags[0]: "a b" is not allowed'],
    [`protect: { inUse: {} }\n${RULES}`, '1:12 protect.inUse.maxReportAge: is missing'],
    [`guards: { maxDeletePercent: 101 }\n${RULES}`, '1:29 guards.maxDeletePercent: 101'],
    [`guards: { maxDelet: 1 }\n${RULES}`, '1:11 guards.maxDelet: `maxDelet` is not a setting'],
    [`delete: { form: digest }\n${RULES}`, '1:17 delete.form: "digest" is not allowed'],
    [`delete: { restoreWindow: 14 }\n${RULES}`, '1:26 delete.restoreWindow: 14 is not allowed'],
    [`execution: { concurrency: 0 }\n${RULES}`, '1:27 execution.concurrency: 0 is not allowed'],
    [`mode: on\n${RULES}`, '1:7 mode: "on" is not allowed'],
    ['mode: off', '1:1 rules: is missing'],
    ['rules: []', '1:8 rules: an empty list is not allowed'],
    [
      'rules: [{ class: releases, keep: { any: [{ newest: 1 }] } }]',
      '1:18 rules[0].class: "releases" is not allowed',
    ],
    [
      'rules: [{ class: moving, keep: { any: [{ newest: 1 }] } }]',
      '1:18 rules[0].class: "moving" is not allowed',
    ],
    ['rules: [{ class: build, keep: { any: [{ newest: 1 }] } }]', '1:9 rules[0].match: is missing'],
    [
      'rules: [{ class: build, match: [a*], keep: { any: [{ newest: 1, per: major }] } }]',
      '1:44 rules[0].keep: ',
    ],
    [
      'rules: [{ class: release, match: [a*], keep: { any: [{ newest: 1 }] } }]',
      '1:27 rules[0].match: `match` is not a setting',
    ],
    [
      'rules: [{ class: release, keep: { any: [{ newest: 1 }], all: [{ newest: 1 }] } }]',
      '1:33 rules[0].keep: ',
    ],
    [
      'rules: [{ class: release, keep: { any: [{ newest: 1, movedWithin: 1d }] } }]',
      '1:41 rules[0].keep.any[0]: ',
    ],
    [
      'rules: [{ class: release, keep: { any: [{ newestPatches: 1 }] } }]',
      '1:41 rules[0].keep.any[0]: ',
    ],
    [
      'rules: [{ class: release, keep: { any: [{ newestMinors: 1, per: minor }] } }]',
      '1:41 rules[0].keep.any[0]: ',
    ],
    [
      'rules: [{ class: release, keep: { any: [{ always: false }] } }]',
      '1:51 rules[0].keep.any[0].always: false is not allowed',
    ],
    [
      'rules: [{ class: release, keep: { any: [{ newest: 1 }] }, dropWhenReleased: { after: 1d } }]',
      '1:59 rules[0].dropWhenReleased: `dropWhenReleased` is not a setting',
    ],
    [
      'rules: [{ class: prerelease, keep: { any: [{ newest: 1 }] }, dropWhenReleased: {} }]',
      '1:62 rules[0].dropWhenReleased.after: is missing',
    ],
    [`policy: { ${RULES} }\nrules: { levels: [mayor] }`, '2:19 rules.levels[0]: "mayor"'],
    [`policy: { ${RULES} }\nmode: off`, '2:1 mode: `mode` is not a setting'],
    [`${RULES}\nrules: []`, '2:1: `rules` is given twice'],
    ['rules: [', '1:9: '],
    ['- 1', '1:1: a list is not allowed here'],
    ['', '1:1 rules: is missing'],
  ])('is refused with its place: %j', async (policy, fault) => {
    const faults = await folder.faultsOf(policy, '{"tags":[]}');

    expect(faults).toContainEqual(expect.stringContaining(`policy.yaml:${fault}`));
  });
});

describe('an inventory file', () => {
  const tag = (more: object = {}): string =>
    JSON.stringify({ tag: '1.0.0', digest: A, lastMoved: T, ...more });

  it('may leave out everything but the tags', async () => {
    const { kept } = await folder.evaluate(P0, { tags: TWO });

    expect(kept).toBe('1.0.0 1.0.1');
  });

  it('may say what it does not say', async () => {
    const { kept } = await folder.evaluate(P0, {
      ...{ now: T, registry: {}, manifests: [], moves: [], pins: [], inUse: [] },
      ...{ ledgerTagCount: 2, tags: tags('1.0.0 a 9d\n1.0.1 b ?') },
    });

    expect(kept).toBe('1.0.0 1.0.1');
  });

  it.each([
    ['[]', '1:1', 'an empty list is not allowed here'],
    ['null', '1:1', 'is not allowed here'],
    ['{}', '1:1 tags', 'is missing; allowed: a list of tags'],
    [
      '{"tags":{}}',
      '1:9 tags',
      'an empty group of keys is not allowed here; allowed: a list of tags',
    ],
    ['{"tags":[],"nwo":"x"}', '1:12 nwo', '`nwo` is not a setting'],
    ['{"tags":[],"now":"2026-06-01"}', '1:18 now', 'allowed: a time such as 2026-06-01T00:00:00Z'],
    [`{"tags":[${tag({ tag: '-x' })}]}`, '1:17 tags[0].tag', 'allowed: a legal tag'],
    [`{"tags":[${tag({ digest: 'sha256:0' })}]}`, '1:34 tags[0].digest', 'allowed: sha256: and 64'],
    [`{"tags":[${tag({ lastMoved: 1 })}]}`, '1:120 tags[0].lastMoved', 'allowed: a time such as'],
    [`{"tags":[{"tag":"a","digest":"${A}"}]}`, '1:10 tags[0].lastMoved', 'is missing'],
    [
      `{"tags":[${tag()},\n${tag()}]}`,
      '2:8 tags[1].tag',
      '"1.0.0" is not allowed here; allowed: each tag once',
    ],
    ['{"tags":[],"registry":{"digestDelete":"no"}}', '1:39 registry.digestDelete', '"no" is not'],
    [
      '{"tags":[],"registry":{"tagDelete":"delete-denied"}}',
      '1:36 registry.tagDelete',
      'is not allowed',
    ],
    [`{"tags":[],"pins":[{"reason":"x"}]}`, '1:20 pins[0]', 'a group with tag or digest'],
    [
      `{"tags":[],"pins":[{"tag":"a","digest":"${A}","reason":"x"}]}`,
      '1:20 pins[0]',
      'a group with',
    ],
    ['{"tags":[],"pins":[{"tag":"a"}]}', '1:20 pins[0]', 'a group with tag or digest, reason'],
    [
      '{"tags":[],"inUse":[{"reporter":"a","digests":[]}]}',
      '1:21 inUse[0].reportedAt',
      'is missing',
    ],
    ['{"tags":[],"moves":[{"tag":"a","at":"x","to":null}]}', '1:37 moves[0].at', 'is not allowed'],
    ['{"tags":[],"ledgerTagCount":-1}', '1:29 ledgerTagCount', '-1 is not allowed'],
    [
      `{"tags":[],"manifests":[{"digest":"${A}"},\n{"digest":"${A}","children":["${A}"]}]}`,
      '2:11 manifests[1].digest',
      'allowed: each digest once',
    ],
    [
      `{"tags":[],\n "manifests":[{"digest":"${A}",\n  "children":["x"]}]}`,
      '3:15 manifests[0].children[0]',
      '"x" is not allowed here; allowed: sha256: and 64 hex digits in lower case',
    ],
  ])('is refused with its place: %j', async (inventory, place, sentence) => {
    const [fault, ...others] = await folder.faultsOf(P0, inventory);

    expect(others).toEqual([]);
    expect(fault).toContain(`<stdin>:${place}`);
    expect(fault).toContain(sentence);
  });

  it.each([
    ['', '1:1: the end of the line is not allowed here; allowed: a value'],
    ['{"tags":[]', '1:11: the end of the line is not allowed here; allowed: a comma, or }'],
    [
      '{\n "tags": [\n  {"tag": 1.0.0}\n ]\n}',
      '3:14: ".0" is not allowed here; allowed: a comma, or }',
    ],
    ['{\n\n\n tags: []}', '4:2: "tags" is not allowed here; allowed: a key in double quotes, or }'],
    ['{"tags":[],}', '1:12: "}" is not allowed here; allowed: a key in double quotes'],
    ['{"tags":[]}\n{"tags":[]}', '2:1: "{" is not allowed here; allowed: the end of the line'],
    ['{"tags":[]}\r\n\r\n x', '3:2: "x" is not allowed here; allowed: the end of the line'],
  ])('is refused where it is no JSON: %j', async (inventory, fault) => {
    expect(await folder.faultsOf(P0, inventory)).toEqual([`<stdin>:${fault}`]);
  });

  it('is refused with all its faults, and those of the policy, at once', async () => {
    const inventory = `{"now":"soon",\n"tags":[${tag({ tag: '' })},\n${tag({ lastMoved: 'x' })}],\n"pins":[1]}`;

    const faults = await folder.faultsOf('mode: on\nrules: 1', inventory);

    expect(faults.map((fault) => fault.split(': ')[0])).toEqual([
      ...['policy.yaml:1:7 mode', 'policy.yaml:2:8 rules'],
      ...['<stdin>:1:8 now', '<stdin>:2:16 tags[0].tag', '<stdin>:3:111 tags[1].lastMoved'],
      '<stdin>:4:9 pins[0]',
    ]);
  });

  it('is read whole, however large', async () => {
    const count = 20_000;
    const listed = Array.from({ length: count }, (_, place) => ({
      ...{
        tag: `sha-${place}`,
        digest: digestOf(`${place % 1000}`),
        lastMoved: before(`${place}m`),
      },
    }));
    const found = await folder.evaluate(
      policyText([build('sha-*', 'newest: 999')]),
      repository(listed, { manifests: indexes({ 0: '1 2' }), pins: [digestPin('5')] }),
    );

    expect(found.evaluation.decisions).toHaveLength(count);
    expect(found.deleted).toBe('');
  });
});
