/** Bodies that are no event of any sender. */
export const BROKEN_BODIES: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['no JSON', '{'],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  ['a list at the top', '[]'],
  ['a string at the top', '"tag"'],
  ['a number at the top', '17'],
  ['null', 'null'],
  ['an empty object', '{}'],
  ['a key __proto__', '{"__proto__":{"tag":"2.4.1"}}'],
  ['constructor.prototype', '{"constructor":{"prototype":{}}}'],
  ['20,000 levels', '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)],
];

/** Names that no image has, in the place of a repository or a tag. */
export const ILLEGAL_PATHS: readonly string[] = [
  '',
  '..',
  '../../etc',
  'acme//api',
  'acme/%2e%2e',
  'acme/api\0',
  'acme/api\n',
  'é/api',
  'r'.repeat(300),
];

export const ILLEGAL_TAGS: readonly string[] = [
  '-rf',
  '.hidden',
  'a b',
  'é',
  '2.4.1\n',
  '\u001b[31m2.4.1',
  't'.repeat(129),
];
