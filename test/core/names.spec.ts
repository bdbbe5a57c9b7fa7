import { DomainError, type DomainErrorCode } from '../../src/core/domain-error';
import {
  isDigest,
  isRegistryId,
  isRepositoryName,
  isRepositoryPath,
  isTagName,
  parseDigest,
  parseRepositoryName,
  parseTagName,
  pathOf,
  registryIdOf,
  repositoryNameOf,
  repositoryOfSlug,
  slugOf,
} from '../../src/core/names';

const HEX = '0123456789abcdef'.repeat(4);

function codeOf(parse: (text: string) => unknown, text: string): DomainErrorCode | undefined {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return undefined;
}

describe('tags', () => {
  it.each(['a', '_', '7', 'latest', 'V1', 'a..b', 'a-', 'A_b.C-d', 'x'.repeat(128)])(
    'may be called %s',
    (text) => {
      expect(isTagName(text)).toBe(true);
      expect(parseTagName(text)).toBe(text);
    },
  );

  it.each(['', '.a', '-a', 'a b', ' a', 'a ', 'a/b', 'a:b', 'a+b', 'a\n', 'é', 'x'.repeat(129)])(
    'may not be called %j',
    (text) => {
      expect(isTagName(text)).toBe(false);
      expect(codeOf(parseTagName, text)).toBe('tag-invalid');
    },
  );
});

describe('digests', () => {
  it('are sha256 in lower case', () => {
    expect(isDigest(`sha256:${HEX}`)).toBe(true);
    expect(parseDigest(`sha256:${HEX}`)).toBe(`sha256:${HEX}`);
  });

  it.each([
    ...['', HEX, 'sha256:', `sha256:${HEX}0`, `sha256:${HEX.slice(1)}`, ` sha256:${HEX}`],
    ...[`sha256:${HEX.toUpperCase()}`, `sha512:${HEX}${HEX}`, `sha256-${HEX}`, `sha256:${HEX}\n`],
    `sha256:g${HEX.slice(1)}`,
  ])('are not %j', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(codeOf(parseDigest, text)).toBe('digest-invalid');
  });
});

describe(isRegistryId.name, () => {
  it.each([
    ...['a', '0', 'local', 'my-registry', 'a-', 'a'.repeat(63)].map((id) => [id, true] as const),
    ...['', '-a', 'Local', 'a.b', 'a_b', 'a/b', 'a~b', 'a\n', 'a'.repeat(64)].map(
      (id) => [id, false] as const,
    ),
  ])('of %j is %s', (id, expected) => {
    expect(isRegistryId(id)).toBe(expected);
  });
});

describe(isRepositoryPath.name, () => {
  it.each([
    ...['a', 'ui', 'gallery/ui', 'a.b', 'a_b', 'a__b', 'a-b', 'a----b', '0/1/2', 'a.b_c-d/e'],
    ...['a'.repeat(255), `${'a/'.repeat(127)}a`],
  ])('takes %s', (path) => {
    expect(isRepositoryPath(path)).toBe(true);
  });

  it.each([
    ...['', '/', 'a/', '/a', 'a//b', 'A', 'a..b', 'a___b', 'a._b', '-a', 'a-', '.a', 'a.', '_a'],
    ...['a b', 'a\n', 'a~b', 'a:b', 'a@b', '../a', 'a/../b', 'é', 'a%2Fb'],
    ...['a'.repeat(256), `${'a/'.repeat(127)}aa`],
  ])('does not take %j', (path) => {
    expect(isRepositoryPath(path)).toBe(false);
  });

  it('comes back from hostile text', () => {
    expect(isRepositoryPath(`${'a-'.repeat(127)}!`)).toBe(false);
    expect(isRepositoryPath(`a${'-'.repeat(253)}!`)).toBe(false);
    expect(isRepositoryPath('a'.repeat(1_000_000))).toBe(false);
  });
});

describe('repositories', () => {
  it.each(['local/ui', 'local/gallery/ui', 'my-registry/a.b/c__d', `local/${'a'.repeat(255)}`])(
    'may be called %s',
    (text) => {
      expect(isRepositoryName(text)).toBe(true);
      expect(parseRepositoryName(text)).toBe(text);
    },
  );

  it.each([
    ...['', 'local', 'local/', '/ui', 'Local/ui', 'local/UI', 'local//ui', 'local/ui/', 'a.b/ui'],
    ...['local~ui', `local/${'a'.repeat(256)}`, `${'a'.repeat(64)}/ui`, 'local/ui\n'],
  ])('may not be called %j', (text) => {
    expect(isRepositoryName(text)).toBe(false);
    expect(codeOf(parseRepositoryName, text)).toBe('repository-invalid');
  });

  it('fall into the registry and the path', () => {
    const repository = parseRepositoryName('local/gallery/ui');

    expect(registryIdOf(repository)).toBe('local');
    expect(pathOf(repository)).toBe('gallery/ui');
    expect(repositoryNameOf('local', 'gallery/ui')).toBe(repository);
  });

  it.each([
    ['Local', 'ui'],
    ['local', 'UI'],
    ['', 'ui'],
    ['local', ''],
    ['lo/cal', '/ui'],
  ])('are not made of %j and %j', (registryId, path) => {
    expect(repositoryNameOf(registryId, path)).toBeUndefined();
  });

  it.each(['local/ui', 'local/gallery/ui', 'local/a/b/c__d'])('%s has a slug', (text) => {
    const slug = slugOf(parseRepositoryName(text));

    expect(slug).toBe(text.split('/').join('~'));
    expect(repositoryOfSlug(slug)).toBe(text);
  });

  it.each(['', 'local', 'local/ui', 'local~gallery/ui', 'local~', '~ui', 'local~~ui', 'local~UI'])(
    'are not named by the slug %j',
    (slug) => {
      expect(repositoryOfSlug(slug)).toBeUndefined();
    },
  );
});
