import { withCommonVariants } from '../../src/core/common-variants';
import { inferRules } from '../../src/core/infer-rules';
import { resolveTags } from '../../src/core/resolve';
import { DEFAULT_RULES } from '../../src/core/rules';
import { NOW } from './builders';

describe(withCommonVariants.name, () => {
  const rules = withCommonVariants(inferRules(['1.0.0', '1.0', '1', 'latest']).rules);

  function movingOf(...tags: readonly string[]): Record<string, string | null> {
    const input = { tags: tags.map((tag) => ({ tag })), holds: [], rules, now: NOW };
    return Object.fromEntries(resolveTags(input).moving.map(({ tag, release }) => [tag, release]));
  }

  it('knows the variants that a repository may get one day', () => {
    expect(movingOf('1.0.1', '1.0.2-alpine3.23')).toMatchObject({
      ...{ latest: '1.0.1', '1-alpine3.23': '1.0.2-alpine3.23', 'alpine3.23': '1.0.2-alpine3.23' },
    });
  });

  it('takes no pre-release for one', () => {
    expect(movingOf('1.0.0', '1.0.1-rc.1', '1.0.1-alpine-rc.1')['latest']).toBe('1.0.0');
    expect(movingOf('1.0.1-alpine-rc.1')).toEqual({});
  });

  it('keeps what was declared, first and once', () => {
    const variants = { ...DEFAULT_RULES.variants, known: ['special', 'slim'] };

    const { known } = withCommonVariants({ ...DEFAULT_RULES, variants }).variants;

    expect(known.slice(0, 2)).toEqual(['special', 'slim']);
    expect(known.filter((variant) => variant === 'slim')).toHaveLength(1);
  });
});
