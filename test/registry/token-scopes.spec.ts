import { scopesKey, scopesToTry, upfrontScopes } from '../../src/registry/token-scopes';

const path = 'gallery/ui';

describe(upfrontScopes, () => {
  it.each([
    ['pull', 'pull,push'],
    ['push', 'pull,push'],
    ['delete', 'pull,push,delete'],
  ] as const)('asks for a %s by %s', (action, actions) => {
    expect(upfrontScopes({ path, action })).toEqual([`repository:${path}:${actions}`]);
  });
});

describe(scopesToTry, () => {
  it.each([
    ['pull', '', ['R:pull,push']],
    ['pull', 'R:pull', ['R:pull,push', 'R:pull']],
    ['push', 'R:push,pull', ['R:pull,push', 'R:push,pull']],
    ['pull', '*', ['R:pull,push', '*']],
    ['pull', 'R:metadata_read', ['R:pull,push,metadata_read', 'R:metadata_read']],
    [
      'pull',
      'repository:proxy/ui:pull R:pull',
      ['repository:proxy/ui:pull R:pull,push', 'repository:proxy/ui:pull R:pull'],
    ],
    ['delete', '', ['R:pull,push,delete', 'R:pull,push', 'R:*']],
    ['delete', 'R:delete', ['R:pull,push,delete', 'R:delete', 'R:*']],
    ['delete', 'R:pull,push', ['R:pull,push,delete', 'R:pull,push', 'R:*']],
    ['delete', 'R:*', ['R:pull,push,delete,*', 'R:*', 'R:*']],
  ] as const)('asks for a %s, challenged with "%s", by %j', (action, challenged, expected) => {
    const spelt = (text: string): string => text.replaceAll('R', `repository:${path}`);
    const scopes = spelt(challenged)
      .split(' ')
      .filter((scope) => scope !== '');

    const asked = scopesToTry({ path, action }, scopes).map((one) => one.join(' '));

    expect(asked).toEqual(expected.map(spelt));
  });
});

describe(scopesKey, () => {
  it.each([
    [['a:b:pull,push'], ['a:b:push,pull'], true],
    [['a:b:pull', 'a:c:pull'], ['a:c:pull', 'a:b:pull'], true],
    [['*'], ['*'], true],
    [['a:b:pull'], ['a:b:pull,push'], false],
    [['a:b:pull'], ['a:c:pull'], false],
    [[], ['*'], false],
  ])('of %j and %j is the same: %s', (some, others, isSame) => {
    expect(scopesKey(some) === scopesKey(others)).toBe(isSame);
  });
});
