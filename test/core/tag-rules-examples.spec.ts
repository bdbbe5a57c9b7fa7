import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseTagName } from '../../src/core/names';
import { resolveTags } from '../../src/core/resolve';
import { digestOf, NOW } from './builders';
import { movingOf, rulesFrom, skippedOf } from './listing';

const time = z.iso.datetime().transform((text) => Date.parse(text));
const tag = z.union([
  z.string().transform((text) => ({ tag: text, digest: digestOf(text) })),
  z
    .strictObject({
      tag: z.string(),
      digest: z.string().optional(),
      prerelease: z.boolean().optional(),
      publishedAt: time.optional(),
      platforms: z.array(z.string()).optional(),
      withdrawn: z.string().optional(),
    })
    .transform((listed) => ({ ...listed, digest: digestOf(listed.digest ?? listed.tag) })),
]);
const hold = z
  .strictObject({
    hold: z.string().transform(parseTagName),
    to: z.string().nullable(),
    expiresAt: time.optional(),
  })
  .transform((held) => ({ ...held, expiresAt: held.expiresAt ?? null }));
const example = z.strictObject({
  rules: z.record(z.string(), z.unknown()).default({}),
  now: time.default(NOW),
  tags: z.array(tag),
  holds: z.array(hold).default([]),
  moving: z.record(z.string(), z.string()),
  skipped: z.record(z.string(), z.string()).default({}),
});

interface Section {
  readonly rule: string;
  readonly title: string;
  readonly text: string;
  readonly examples: readonly string[];
}

const MARK = '_Needs the service: this example is not run by the tests._';
const RULES = [
  ...['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8', 'P9', 'P10', 'R1', 'R2', 'R3', 'O1'],
  ...['L1', 'L2', 'L3', 'Z1', 'V1', 'A1', 'A2', 'A3', 'A4', 'A5', 'N1'],
  ...['C1', 'C2', 'C3', 'C4', 'C5', 'H1', 'H2', 'W1', 'W2', 'W3', 'B1', 'K1', 'K2'],
  ...['D1', 'I1', 'M1', 'G1', 'E1'],
];
const OF_THE_SERVICE = ['H2', 'W3', 'D1', 'I1', 'M1', 'G1'];

/** The sections of the document, one for each rule. */
function readSections(): readonly Section[] {
  const text = readFileSync(join(__dirname, '../../docs/tag-rules.md'), 'utf8');
  return text
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [, rule = '', title = ''] = /^(\w+): (.*)/.exec(section) ?? [];
      const examples = Array.from(
        section.matchAll(/^```yaml\n(.*?)^```/gms),
        ([, yaml = '']) => yaml,
      );
      return { rule, title, text: section, examples };
    });
}

describe('docs/tag-rules.md', () => {
  const sections = readSections();

  it('has a section for every rule, in their order', () => {
    expect(sections.map(({ rule }) => rule)).toEqual(RULES);
  });

  it('has one example to run for every rule that needs no service, and marks the others', () => {
    const counts = sections.map(({ rule, examples }) => [rule, examples.length]);
    const marked = sections.filter(({ text }) => text.includes(MARK)).map(({ rule }) => rule);

    expect(counts).toEqual(RULES.map((rule) => [rule, OF_THE_SERVICE.includes(rule) ? 0 : 1]));
    expect(marked).toEqual(RULES.filter((rule) => OF_THE_SERVICE.includes(rule)));
  });

  it.each(sections.flatMap((section) => section.examples.map((yaml) => ({ ...section, yaml }))))(
    '$rule: $title',
    ({ yaml }) => {
      const { rules, moving, skipped, ...input } = example.parse(parse(yaml));

      const resolution = resolveTags({ ...input, rules: rulesFrom(JSON.stringify(rules)) });

      expect(movingOf(resolution)).toEqual(moving);
      expect(skippedOf(resolution)).toEqual(skipped);
    },
  );
});
