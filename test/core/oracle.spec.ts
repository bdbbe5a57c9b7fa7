import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isMovingTagShape } from '../../src/core/moving-tags';
import { DEFAULT_RULES, type RepositoryRules } from '../../src/core/rules';
import { rulesWith, SimulatedRepository } from './builders';

/** The release history of one official image (tag-rules.md section 7), as far as it is used. */
interface History {
  readonly steps: readonly {
    readonly commit: string;
    readonly added: readonly { readonly variant: string; readonly tag: string }[];
    readonly changed: Readonly<Record<string, string>>;
  }[];
  readonly final: Readonly<Record<string, string>>;
}

const ORACLE = resolve(process.env['TAGWARD_ORACLE'] ?? join(__dirname, '../../../shared/oracle'));

interface ReplayedImage {
  readonly image: string;
  readonly rules: RepositoryRules;
  readonly moves: number;
}

const IMAGES: readonly ReplayedImage[] = [
  { image: 'ghost', rules: rulesWith({ zeroMajor: true }), moves: 2_137 },
  { image: 'memcached', rules: DEFAULT_RULES, moves: 252 },
];

describe.each(IMAGES)('the history of $image', ({ image, rules, moves }) => {
  const path = join(ORACLE, `${image}.json`);
  if (!existsSync(path)) {
    process.stderr.write(`skipped the history of ${image}: ${path} is not there\n`);
    it.todo(`moves every tag as the image did (${path} is not there)`);
    return;
  }

  it('moves every tag of the default variant as the image did', () => {
    const history = JSON.parse(readFileSync(path, 'utf8')) as History;
    const repository = new SimulatedRepository(rules);
    const expected: string[] = [];
    const actual: string[] = [];

    for (const { commit, added, changed } of history.steps) {
      for (const { variant, tag } of added) {
        if (variant === '') repository.push(tag);
      }
      repository.reconcile();
      const placement = repository.placement();
      for (const [tag, version] of defaultVariant(changed)) {
        expected.push(`${commit} ${tag}: ${version}`);
        actual.push(`${commit} ${tag}: ${placement[tag] ?? 'none'}`);
      }
    }

    expect(actual).toEqual(expected);
    expect(expected).toHaveLength(moves);
    expect(repository.placement()).toMatchObject(Object.fromEntries(defaultVariant(history.final)));
  });
});

function defaultVariant(tags: Readonly<Record<string, string>>): readonly [string, string][] {
  return Object.entries(tags).filter(([tag]) => isMovingTagShape(tag));
}
