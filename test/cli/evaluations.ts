import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runCommandLine } from '../../src/cli/run';
import { DAY_MS, dependantTagOf, digestOf, NOW } from '../core/builders';

/** 2026-06-01T00:00Z, the clock of retention.md section 4. */
export const T = new Date(NOW).toISOString();

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tagward retention` in this process, with the text on its standard input. */
export async function runRetention(args: readonly string[], input = ''): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  const code = await runCommandLine(['retention', ...args], {
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
    stdin: (async function* () {
      yield Buffer.from(input);
    })(),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    now: () => NOW,
  });
  return { code, stdout, stderr };
}

/** A temporary folder for the files of a test. */
export class EvaluationFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'tagward-retention-'));

  write(name: string, text: string): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    return path;
  }

  /** Evaluates a policy that must be right on an inventory that must be right. */
  async evaluate(policy: string, inventory: object, ...args: readonly string[]): Promise<Verdicts> {
    const text = JSON.stringify(inventory);
    const { code, stdout, stderr } = await this.run(policy, text, '-o', 'json', ...args);
    if (code !== 0 || stderr !== '') throw new Error(`it ended with ${code}: ${stderr}`);
    return new Verdicts(Evaluation.parse(JSON.parse(stdout)));
  }

  run(policy: string, inventory: string, ...args: readonly string[]): Promise<Ended> {
    const files = ['--policy', this.write('policy.yaml', policy), '--inventory', '-'];
    return runRetention(['evaluate', ...files, ...args], inventory);
  }

  /** What the command says about files that are wrong, without the folder. */
  async faultsOf(policy: string, inventory: string): Promise<readonly string[]> {
    const { code, stdout, stderr } = await this.run(policy, inventory);
    if (code !== 2 || stdout !== '') throw new Error(`it ended with ${code}: ${stdout}`);
    return stderr.replaceAll(`${this.path}/`, '').trimEnd().split('\n');
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

const Reason = z.strictObject({ code: z.string(), text: z.string().min(1) });
const Evaluation = z.strictObject({
  outcome: z.enum(['planned', 'needs-approval', 'aborted', 'skipped', 'refused']),
  reason: Reason.optional(),
  warnings: z.array(Reason),
  decisions: z.array(
    z.strictObject({
      tag: z.string(),
      digest: z.string(),
      verdict: z.enum(['delete', 'keep', 'blocked']),
      form: z.string().optional(),
      rule: z.string().optional(),
      reasons: z.array(Reason).min(1),
    }),
  ),
  unreachable: z.array(z.string()),
});
type Evaluation = z.infer<typeof Evaluation>;
type Verdict = Evaluation['decisions'][number]['verdict'];

/** An evaluation, by the names of tags. */
export class Verdicts {
  constructor(readonly evaluation: Evaluation) {}

  get outcome(): string {
    const { outcome, reason } = this.evaluation;
    return reason === undefined ? outcome : `${outcome} ${reason.code}`;
  }

  /** In the order of the inventory, behind each other. */
  tagsOf(verdict: Verdict): string {
    const found = this.evaluation.decisions.filter((decision) => decision.verdict === verdict);
    return found.map(({ tag }) => tag).join(' ');
  }

  get deleted(): string {
    return this.tagsOf('delete');
  }

  get kept(): string {
    return this.tagsOf('keep');
  }

  /** Every code for each tag, behind each other. */
  get codes(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.evaluation.decisions.map(({ tag, reasons }) => [
        tag,
        [...new Set(reasons.map(({ code }) => code))].join(' '),
      ]),
    );
  }

  get forms(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.evaluation.decisions.flatMap(({ tag, form }) =>
        form === undefined ? [] : [[tag, form]],
      ),
    );
  }

  get warnings(): string {
    return this.evaluation.warnings.map(({ code }) => code).join(' ');
  }

  textsOf(tag: string): readonly string[] {
    const decision = this.evaluation.decisions.find((one) => one.tag === tag);
    return (decision?.reasons ?? []).map(({ text }) => text);
  }

  /** The digests that nothing reaches any more, by label. */
  unreachableAmong(...labels: readonly string[]): string {
    const found = new Set(this.evaluation.unreachable);
    const known = labels.filter((label) => found.delete(digestOf(label)));
    return [...known, ...found].join(' ');
  }
}

/** What a test expects of an evaluation; every tag that is neither deleted nor blocked is kept. */
export interface Expected {
  readonly outcome?: string;
  readonly deleted?: string;
  readonly blocked?: string;
  readonly warnings?: string;
  /** Of some tags: all codes behind each other. */
  readonly codes?: Readonly<Record<string, string>>;
  /** Of some tags. */
  readonly forms?: Readonly<Record<string, string>>;
}

/** A fact, an inventory, a policy in YAML, and what the command says about them. */
export type Row = readonly [name: string, inventory: object, policy: string, expected: Expected];

/** Planned without a warning, and nothing deleted, unless said otherwise. */
export function expectVerdicts(found: Verdicts, expected: Expected): void {
  const { outcome = 'planned', deleted = '', blocked = '', warnings = '' } = expected;
  expect({
    outcome: found.outcome,
    deleted: words(found.deleted),
    blocked: words(found.tagsOf('blocked')),
    warnings: found.warnings,
  }).toEqual({ outcome, deleted: words(deleted), blocked: words(blocked), warnings });
  expect(found.codes).toMatchObject(expected.codes ?? {});
  expect(found.forms).toMatchObject(expected.forms ?? {});
}

export function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ').sort();
}

/** A policy in YAML: rules, and whatever else it says, one key a line. */
export function policyText(rules: readonly string[], ...more: readonly string[]): string {
  return [...more, 'rules:', ...rules.map((rule) => `  - ${rule}`), ''].join('\n');
}

/** `{ class: build, match: [...], keep: { any: [...] } }` */
export function build(match: string, ...conditions: readonly string[]): string {
  const patterns = match.split(' ').map((pattern) => JSON.stringify(pattern));
  return `{ class: build, match: [${patterns.join(', ')}], ${keep('any', ...conditions)} }`;
}

export function release(...conditions: readonly string[]): string {
  return `{ class: release, ${keep('any', ...conditions)} }`;
}

export function keep(combine: 'any' | 'all', ...conditions: readonly string[]): string {
  return `keep: { ${combine}: [${conditions.map((one) => `{ ${one} }`).join(', ')}] }`;
}

/** Deletes whatever nothing protects. */
export const CATCH_ALL = build('*', 'newest: 0');

/**
 * Tags, one a line: `1.4.0 A 200d`, the digest by a label, the age behind it. `?` for an age is
 * unknown, `new` is seen for the first time; `pulled 2d` may follow.
 */
export function tags(text: string): readonly object[] {
  return text
    .trim()
    .split(/\s*\n\s*/)
    .map((line) => {
      const [tag = '', label = '', age = '', pulled, pulledAge = ''] = line.split(/\s+/);
      return {
        tag,
        digest: digestOf(label),
        lastMoved: age === '?' || age === 'new' ? null : before(age),
        ...(age === 'new' ? { firstObserved: true } : {}),
        ...(pulled === undefined ? {} : { lastPulled: before(pulledAge) }),
      };
    });
}

/** Many tags on digests of their own, `prefix0` to `prefix<count - 1>`, each a minute older. */
export function many(prefix: string, count: number, ageDays = 1): string {
  const minutes = (place: number): number => ageDays * 1440 + place;
  return Array.from({ length: count }, (_, place) => {
    return `${prefix}${place} ${prefix}${place} ${minutes(place)}m`;
  }).join('\n');
}

const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', DAY_MS],
]);

/** `3d`, or `3d-1ms` for a little less. */
export function before(age: string): string {
  const [first = '', ...less] = age.split('-');
  return new Date(NOW - less.reduce((ms, one) => ms - msOf(one), msOf(first))).toISOString();
}

/** `1d` from now. */
export function after(age: string): string {
  return new Date(NOW + msOf(age)).toISOString();
}

function msOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const unitMs = UNIT_MS.get(unit);
  if (unitMs === undefined) throw new Error(`${text} is no age`);
  return Number(count) * unitMs;
}

/** Indexes with what they list: `{ top: 'inner other' }`. */
export function indexes(children: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(children).map(([label, listed]) => ({
    digest: digestOf(label),
    children: words(listed).map(digestOf),
  }));
}

/** A manifest with an OCI subject. */
export function describes(label: string, subject: string): object {
  return { digest: digestOf(label), subject: digestOf(subject) };
}

/** Moves of tags, oldest first: `{ latest: 'E H I' }`; `-` is a deletion. */
export function movesOf(paths: Readonly<Record<string, string>>): readonly object[] {
  const moves = Object.entries(paths).flatMap(([tag, path]) =>
    path.split(' ').map((to, place) => ({ tag, to: to === '-' ? null : digestOf(to), place })),
  );
  return moves
    .sort((left, right) => left.place - right.place)
    .map(({ tag, to, place }) => ({ tag, to, at: before(`${200 - place}d`) }));
}

export function tagPin(tag: string, expiresAt?: string): object {
  return { tag, reason: 'barrier', ...(expiresAt === undefined ? {} : { expiresAt }) };
}

export function digestPin(label: string): object {
  return { digest: digestOf(label), reason: 'barrier' };
}

export function inUse(labels: string, age = '1h', reporter = 'prod'): object {
  return { reporter, reportedAt: before(age), digests: words(labels).map(digestOf) };
}

/** The tag that describes a digest, by the label of it. */
export const sig = dependantTagOf;

/** Eight builds on digests of their own; two of them are indexes. */
export const Z = tags(`
  0.0.1 z1 10d
  0.0.2 z2 11d
  0.0.3 z3 12d
  0.0.7 z7 13d
  0.0.4 z4 1d
  0.0.5 z5 2d
  0.0.6 z6 3d pulled 2d
  0.0.8 z8 4d`);
export const Z_INDEXES = indexes({ z7: 'z7-amd64 z7-arm64', z8: 'z8-amd64 z8-arm64' });

export const R = tags(`
  1.4.0 A 200d
  1.4.1 B 190d
  1.4.2 C 180d
  1.4 C 180d
  1.5.0 D 100d
  1.5.1 E 40d
  1.5 E 40d
  1 E 40d
  2.0.0-rc.1 F 35d
  2.0.0-rc.2 G 32d
  2.0.0 H 30d
  2.0.1 I 5d
  2.0 I 5d
  2 I 5d
  latest I 5d
  sha-aaa I 5d
  sha-bbb J 60d
  pr-17 K 20d
  nightly L 90d`);
export const R_MOVES = movesOf({
  ...{ latest: 'E H I', 2: 'H I', '2.0': 'H I', 1: 'C D E', '1.5': 'D E', '1.4': 'A B C' },
});

/** Policy P0. */
export const P0 = policyText([
  release('newestPatches: 1, per: minor', 'newest: 3', 'movedWithin: 30d'),
]);

/** A repository at the clock T. */
export function repository(listed: readonly object[], more: object = {}): object {
  return { now: T, tags: listed, ...more };
}
