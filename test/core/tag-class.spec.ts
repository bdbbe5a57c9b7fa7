import { classifyTag } from '../../src/core/tag-class';
import { DEFAULT_RULES } from '../../src/core/rules';
import { versionOf } from './builders';

const HEX = '0123456789abcdef'.repeat(4);

describe(classifyTag.name, () => {
  it.each`
    tag                                | kind
    ${'latest'}                        | ${'moving'}
    ${'2'}                             | ${'moving'}
    ${'2.1'}                           | ${'moving'}
    ${'v2.1'}                          | ${'moving'}
    ${'1234567'}                       | ${'moving'}
    ${`sha256-${HEX}`}                 | ${'dependant'}
    ${`sha256-${HEX}.sig`}             | ${'dependant'}
    ${`sha256-${HEX}.att`}             | ${'dependant'}
    ${`sha256-${HEX}.sbom`}            | ${'dependant'}
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

  it.each`
    tag              | kind
    ${'1.2.3'}       | ${'release'}
    ${'v1.2.3'}      | ${'release'}
    ${'1.2.3-rc.1'}  | ${'prerelease'}
    ${'v1.2.3-beta'} | ${'prerelease'}
  `('takes $tag for a $kind', ({ tag, kind }: { tag: string; kind: string }) => {
    expect(classifyTag(tag, DEFAULT_RULES)).toEqual({ kind, version: versionOf(tag) });
  });
});
