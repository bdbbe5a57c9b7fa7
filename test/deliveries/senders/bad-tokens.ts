type Headers = Readonly<Record<string, string>>;

/** Headers that do not prove a token; `other` is the token of another source. */
export function badTokens(token: string, other: string): readonly (readonly [string, Headers])[] {
  return [
    ['no token', {}],
    ['an empty header', { authorization: '' }],
    ['Bearer and nothing', { authorization: 'Bearer ' }],
    ['another token', { authorization: `Bearer ${'x'.repeat(token.length)}` }],
    ['the beginning of the token', { authorization: `Bearer ${token.slice(0, -1)}` }],
    ['more than the token', { authorization: `Bearer ${token}x` }],
    ['a token of 10 kB', { authorization: `Bearer ${'t'.repeat(10_000)}` }],
    ['Basic that is not base64', { authorization: `Basic ${'*'.repeat(40)}` }],
    ['the token of another source', { authorization: `Bearer ${other}` }],
    ['the token in another header', { 'x-auth-token': token }],
  ];
}

/** The ways that a token may stand in `Authorization`. */
export function goodTokens(token: string): readonly (readonly [string, Headers])[] {
  const pair = Buffer.from(`tagward:${token}`).toString('base64');
  return [
    ['the token as it is', { authorization: token }],
    ['the token behind Bearer', { authorization: `Bearer ${token}` }],
    ['the token as a password', { authorization: `Basic ${pair}` }],
  ];
}

/** Ends of a path that are not the secret of a source; `other` is the one of another source. */
export function badUrlSecrets(
  secret: string,
  other: string,
): readonly (readonly [string, string])[] {
  return [
    ['no secret', ''],
    ['another secret', `/${'x'.repeat(secret.length)}`],
    ['the beginning of the secret', `/${secret.slice(0, -1)}`],
    ['more than the secret', `/${secret}x`],
    ['the secret in capital letters', `/${secret.toUpperCase()}`],
    ['a secret of 1,000 characters', `/${'s'.repeat(1_000)}`],
    ['the secret of another source', `/${other}`],
  ];
}
