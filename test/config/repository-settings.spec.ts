import { isRepositoryName, type RepositoryName } from '../../src/core/names';
import { DEFAULT_RULES } from '../../src/core/rules';
import { repositorySettingsFor } from '../../src/config/repository-settings';

const MATCHES = ['local/**', 'local/gallery/*', 'local/gallery/ui', 'local/gallery/ui-*'];

describe(repositorySettingsFor.name, () => {
  it.each`
    repository                | match
    ${'local/gallery/ui'}     | ${'local/gallery/ui'}
    ${'local/gallery/ui-kit'} | ${'local/gallery/ui-*'}
    ${'local/gallery/api'}    | ${'local/gallery/*'}
    ${'local/gallery/api/v2'} | ${'local/**'}
    ${'local/base'}           | ${'local/**'}
    ${'other/gallery/ui'}     | ${undefined}
  `('takes $match for $repository', ({ repository, match }: Record<string, string>) => {
    const entryOf = (pattern: string) => ({
      match: pattern,
      rules: DEFAULT_RULES,
      adopt: 'confirm' as const,
      drift: 'report' as const,
      retentionPolicy: undefined,
    });

    for (const patterns of [MATCHES, MATCHES.toReversed()]) {
      const found = repositorySettingsFor(
        { repositories: patterns.map(entryOf) },
        nameOf(repository ?? ''),
      );

      expect(found?.match).toBe(match);
    }
  });
});

function nameOf(text: string): RepositoryName {
  if (isRepositoryName(text)) return text;
  throw new Error(`${text} is no repository name`);
}
