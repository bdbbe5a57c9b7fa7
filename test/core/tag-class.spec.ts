import { parseDigest } from '../../src/core/names';
import { DEFAULT_RULES } from '../../src/core/rules';
import { classifyTag } from '../../src/core/tag-class';
import { rulesWith, versionOf } from './builders';

const HEX = '0123456789abcdef'.repeat(4);
const ALPINE = rulesWith({ variants: { ...DEFAULT_RULES.variants, known: ['alpine'] } });

describe(classifyTag.name, () => {
  it.each`
    tag                                | kind
    ${'latest'}                        | ${'moving'}
    ${'2'}                             | ${'moving'}
    ${'2.1'}                           | ${'moving'}
    ${'v2.1'}                          | ${'unknown'}
    ${'1234567'}                       | ${'moving'}
    ${`tagward-restore-sha256-${HEX}`} | ${'internal'}
    ${'tagward-probe-1'}               | ${'internal'}
    ${`sha256-${HEX}.zip`}             | ${'unknown'}
    ${`sha256-${HEX}.sig.sig`}         | ${'unknown'}
    ${`sha256-${HEX.toUpperCase()}`}   | ${'unknown'}
    ${`sha256-${HEX}0`}                | ${'unknown'}
    ${`x-sha256-${HEX}`}               | ${'unknown'}
    ${'my-tagward-restore-1'}          | ${'unknown'}
    ${'tagward-other'}                 | ${'unknown'}
    ${'nightly'}                       | ${'unknown'}
    ${'sha-ab12cd3'}                   | ${'unknown'}
    ${'1.2.3-alpine'}                  | ${'unknown'}
    ${'1.2.3.4'}                       | ${'unknown'}
    ${'1.2.3rc2'}                      | ${'unknown'}
    ${'latest-alpine'}                 | ${'unknown'}
    ${'01.2'}                          | ${'unknown'}
  `('takes $tag for $kind', ({ tag, kind }: { tag: string; kind: string }) => {
    expect(classifyTag(tag, DEFAULT_RULES)).toEqual({ kind });
  });

  it.each(['keep', 'both'] as const)('takes v2.1 for moving where prefixes are %s', (prefix) => {
    const rules = rulesWith({ versionPrefix: prefix });

    expect(classifyTag('v2.1', rules)).toEqual({ kind: 'moving' });
  });

  it.each(['', '.sig', '.att', '.sbom'])(
    'takes sha256-<hex>%s for what describes that digest',
    (ending) => {
      expect(classifyTag(`sha256-${HEX}${ending}`, DEFAULT_RULES)).toEqual({
        kind: 'dependant',
        subject: parseDigest(`sha256:${HEX}`),
      });
    },
  );

  it.each`
    tag              | kind
    ${'1.2.3'}       | ${'release'}
    ${'v1.2.3'}      | ${'release'}
    ${'1.2.3_7'}     | ${'release'}
    ${'1.2.3-rc.1'}  | ${'prerelease'}
    ${'v1.2.3-beta'} | ${'prerelease'}
  `('takes $tag for a $kind', ({ tag, kind }: { tag: string; kind: string }) => {
    expect(classifyTag(tag, DEFAULT_RULES)).toEqual({ kind, version: versionOf(tag) });
  });

  it.each`
    tag                    | kind
    ${'1.2.3-alpine'}      | ${'release'}
    ${'1.2.3-rc.1-alpine'} | ${'prerelease'}
    ${'1.2-alpine'}        | ${'moving'}
    ${'alpine'}            | ${'moving'}
    ${'1.2.3-slim'}        | ${'unknown'}
  `(
    'takes $tag for $kind where alpine is declared',
    ({ tag, kind }: { tag: string; kind: string }) => {
      expect(classifyTag(tag, ALPINE).kind).toBe(kind);
    },
  );
});
