import type { Random } from '../faults/random';

/** Texts that have broken one program or another, in the place of a name, an id or a time. */
const HOSTILE_TEXTS: readonly [string, ...string[]] = [
  ...([
    '',
    ' ',
    '\0',
    '\n',
    '\r\nX-Evil: 1',
    '\u001b[31mred\u001b[0m',
    '\u009b2J',
    '\u202e',
  ] as const),
  ...[
    '\u007f',
    '\u2028',
    '\ud800',
    '\udc00\ud800',
    '\ufeff',
    'é/api',
    '%s%n%x',
    '${jndi:ldap://x}',
  ],
  ...['../../etc/hosts', '..', '%2e%2e/', 'a//b', 'a/../b', '/v2/', '-rf', '.hidden', 'a b'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'toJSON'],
  ...['r'.repeat(300), 't'.repeat(129), '@'.repeat(5_000), 'a/'.repeat(200), '0'.repeat(400)],
  ...['169.254.169.254', 'http://169.254.169.254/latest/meta-data/', 'localhost:1', '[::1]:5000'],
  ...['[::ffff:127.0.0.1]', '0x7f.1', '2130706433', 'file:///etc/hosts', 'javascript:alert(1)'],
  ...["'; drop table deliveries; --", '<script>alert(1)</script>', '{{7*7}}', '*', '**', '~', '?#'],
  ...['sha256:', `sha256:${'g'.repeat(64)}`, `sha512:${'a'.repeat(128)}`, 'null', 'true', 'NaN'],
  ...[
    '2.4.1',
    '2.4.1+build.5',
    '2.4',
    'latest',
    '99999999999999999999.0.0',
    '1.0.0-rc.1',
    'v2.4.1',
  ],
  ...['team/api', 'acme/api', 'gallery/ui', 'local', 'aws', 'refs/tags/v1.0.0', 'refs/heads/main'],
  ...['0000-00-00T00:00:00Z', '+275760-09-13T00:00:00Z', '1e999', '2026-07-03T10:00:00+99:99'],
];

/** Values as JSON has them and `JSON.stringify` does not. */
const HOSTILE_JSON: readonly [string, ...string[]] = [
  ...(['null', 'true', 'false', '[]', '{}', '[null]', '[[]]', '{"":null}', '""'] as const),
  ...['0', '-0', '-1', '1e999', '-1e999', '1e-999', '0.1e1', '9007199254740993', '1E400'],
  ...['9'.repeat(400), '8640000000000001', '1e308', '2147483648', '4294967296'],
  ...['"\\ud800"', '"\\u0000"', '"\\u001b[2J"', '"\\/"', '"\\u2028"'],
  ...['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}'],
  ...['{"toString":null}', '{"then":1}', '{"length":4294967295}', '["team/api","team/api"]'],
];

/** No JSON, but near to it. */
const NEARLY_JSON: readonly [string, ...string[]] = [
  ...(['', '{', '[', '"', 'nul', '{"a":}', '{"a":1,}', '[1,]', '01', '+1', '.5', '1.'] as const),
  ...['NaN', 'Infinity', 'undefined', "{'a':1}", '{a:1}', '// x', '"\\x41"', '"\\ud8"', '\u0000'],
  ...['\ufeff{}', '{} {}', '"\n"', '"\t"', '{"a":1}garbage', '\u00a0{}'],
];

/** A value that no sender means, as JSON text; now and then it is none. */
export function hostileJson(random: Random): string {
  if (random.chance(0.02)) return random.pick(NEARLY_JSON);
  if (random.chance(0.05)) return nested(random);
  return random.chance(0.5) ? random.pick(HOSTILE_JSON) : JSON.stringify(hostileText(random));
}

/** A text out of the list, or a random one; never longer than 10,000 characters. */
export function hostileText(random: Random): string {
  if (random.chance(0.8)) return random.pick(HOSTILE_TEXTS);
  const length = random.below(random.chance(0.1) ? 2_000 : 40);
  const highest = random.pick([0x7f, 0xff, 0xffff]);
  return Array.from({ length }, () => String.fromCharCode(random.below(highest + 1))).join('');
}

/** From a few levels to more than are taken. */
function nested(random: Random): string {
  const levels = random.pick([3, 63, 64, 65, 100, 1_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  return open.repeat(levels) + '1' + close.repeat(levels);
}

/** A whole text that is no JSON. */
export function brokenJson(random: Random): string {
  return random.pick(NEARLY_JSON);
}
