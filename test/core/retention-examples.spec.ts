import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { parseInventory, toRetentionInput } from '../../src/cli/inventory';
import { parsePolicy } from '../../src/config/load-policy';
import { evaluateRetention } from '../../src/core/retention';
import { DAY_MS, digestOf, NOW } from './builders';

const AGE = /^(\d+)d(?: on (\w+))?$/;
const SIGNATURE = /^sig-of-(\w+)$/;

const Example = z.strictObject({
  policy: z.record(z.string(), z.unknown()),
  rules: z.record(z.string(), z.unknown()).optional(),
  registry: z.record(z.string(), z.unknown()).optional(),
  tags: z.record(z.string(), z.string().regex(AGE)),
  manifests: z.record(z.string(), z.array(z.string())).default({}),
  moves: z.array(z.strictObject({ tag: z.string(), to: z.string() })).default([]),
  pins: z.array(z.strictObject({ tag: z.string(), reason: z.string() })).default([]),
  inUse: z.array(z.string()).default([]),
  outcome: z.string().default('planned'),
  warnings: z.array(z.string()).default([]),
  delete: z.array(z.string()).default([]),
  blocked: z.record(z.string(), z.string()).default({}),
  because: z.record(z.string(), z.string()).default({}),
});
type Example = z.infer<typeof Example>;

const examples = readExamples();

describe('the examples of docs/retention.md', () => {
  it.each(examples.map((example) => [example.title, example] as const))(
    'hold: %s',
    (_title, { example }) => {
      const { outcome, reason, warnings, decisions } = evaluate(example);
      const byTag = new Map(decisions.map((decision) => [nameOf(decision.tag), decision]));
      const withVerdict = (verdict: string): readonly string[] =>
        [...byTag].flatMap(([tag, decision]) => (decision.verdict === verdict ? [tag] : []));
      const wanted = example.delete.map((text) => text.split(' by ')[0] ?? '');

      expect(`${outcome}${reason === undefined ? '' : ` ${reason.code}`}`).toBe(example.outcome);
      expect(warnings.map(({ code }) => code)).toEqual(example.warnings);
      expect(withVerdict('delete').toSorted()).toEqual(wanted.toSorted());
      expect(withVerdict('blocked').toSorted()).toEqual(Object.keys(example.blocked).toSorted());
      for (const [tag, code] of Object.entries({ ...example.blocked, ...example.because })) {
        expect(byTag.get(tag)?.reasons.map((found) => found.code)).toContain(code);
      }
      const formed = example.delete.filter((text) => text.includes(' by '));
      for (const [tag = '', form] of formed.map((text) => text.split(' by '))) {
        expect(byTag.get(tag)?.form).toBe(form);
      }
    },
  );

  it('are there for every condition, protection, guard and form', () => {
    const text = examples.map(({ yaml }) => yaml).join('\n');
    for (const key of [
      ...['newestPatches', 'newestMinors', 'newest:', 'movedWithin', 'pulledWithin', 'always'],
      ...['dropWhenReleased', 'rollbackDepth', 'protect: { tags', 'pins', 'inUse', 'minAge'],
      ...['guards', 'zero-match', 'digest', 'batch-dummy', 'by tag', 'delete-disabled'],
    ]) {
      expect(text).toContain(key);
    }
  });
});

function evaluate(example: Example): ReturnType<typeof evaluateRetention> {
  const given = { policy: example.policy, ...(example.rules && { rules: example.rules }) };
  const { policy, rules } = parsePolicy(stringify(given), 'policy.yaml');
  const file = parseInventory(JSON.stringify(inventoryOf(example)), 'inventory.json');
  return evaluateRetention({ ...toRetentionInput(file, rules, NOW), policy });
}

function inventoryOf(example: Example): object {
  const { registry, manifests, moves, pins, inUse } = example;
  const tags = Object.entries(example.tags).map(([name, text]) => {
    const [, days, label = name] = AGE.exec(text) ?? [];
    const lastMoved = new Date(NOW - Number(days) * DAY_MS).toISOString();
    return { tag: tagOf(name), digest: digestOf(label), lastMoved };
  });
  const now = new Date(NOW).toISOString();
  return {
    ...(registry && { registry }),
    tags,
    manifests: Object.entries(manifests).map(([index, children]) => ({
      digest: digestOf(index),
      children: children.map(digestOf),
    })),
    moves: moves.map(({ tag, to }) => ({ tag, to: digestOf(to), at: now })),
    pins,
    inUse: inUse.map((label) => ({
      reporter: 'test',
      reportedAt: now,
      digests: [digestOf(label)],
    })),
  };
}

/** `sig-of-A` is the tag that cosign gives the signature of the digest `A`. */
function tagOf(name: string): string {
  const subject = SIGNATURE.exec(name)?.[1];
  return subject === undefined ? name : `${digestOf(subject).replace(':', '-')}.sig`;
}

function nameOf(tag: string): string {
  const label = ['A', 'gone'].find((subject) => tagOf(`sig-of-${subject}`) === tag);
  return label === undefined ? tag : `sig-of-${label}`;
}

function readExamples(): readonly { title: string; yaml: string; example: Example }[] {
  const text = readFileSync(join(__dirname, '../../docs/retention.md'), 'utf8');
  return text.split(/^##+ /m).flatMap((section) => {
    const title = section.slice(0, section.indexOf('\n'));
    const blocks = [...section.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);
    return blocks.map((yaml, place) => {
      const example = Example.parse(parse(yaml));
      return { title: place === 0 ? title : `${title} (${place + 1})`, yaml, example };
    });
  });
}
