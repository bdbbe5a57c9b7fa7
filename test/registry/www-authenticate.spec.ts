import fc from 'fast-check';
import { parseChallenges } from '../../src/registry/www-authenticate';

function read(...fields: readonly string[]): readonly unknown[] {
  return parseChallenges(fields).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
}

describe('parseChallenges', () => {
  it.each([
    ['Basic realm="r"', [['basic', { realm: 'r' }]]],
    ['bAsIc', [['basic', {}]]],
    [
      'Bearer realm="https://a/t",service="s"',
      [['bearer', { realm: 'https://a/t', service: 's' }]],
    ],
    [
      'Bearer realm="r",scope="repository:a:pull,push"',
      [['bearer', { realm: 'r', scope: 'repository:a:pull,push' }]],
    ],
    ['Bearer realm=https://a/t, service=s', [['bearer', { realm: 'https://a/t', service: 's' }]]],
    ['Bearer REALM = "r" , Scope = "*"', [['bearer', { realm: 'r', scope: '*' }]]],
    [
      'Bearer realm="r",scope="*", Basic realm="b"',
      [
        ['bearer', { realm: 'r', scope: '*' }],
        ['basic', { realm: 'b' }],
      ],
    ],
    [
      'Negotiate, Basic realm="b"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'b' }],
      ],
    ],
    [
      'Negotiate YWJj==, Basic realm="b"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'b' }],
      ],
    ],
    ['Basic realm="a \\"quoted\\" one, two"', [['basic', { realm: 'a "quoted" one, two' }]]],
    ['Basic realm=""', [['basic', { realm: '' }]]],
    ['Basic realm="first", realm="second"', [['basic', { realm: 'first' }]]],
    [', ,Basic realm="r",,', [['basic', { realm: 'r' }]]],
    ['Basic __proto__="x"', [['basic', { ['__proto__']: 'x' }]]],
    ['', []],
    ['"', []],
  ])('reads %s', (field, challenges) => {
    expect(JSON.stringify(read(field))).toBe(JSON.stringify(challenges));
  });

  it('reads several fields in order', () => {
    expect(read('Basic realm="b"', 'Bearer realm="r"')).toEqual([
      ['basic', { realm: 'b' }],
      ['bearer', { realm: 'r' }],
    ]);
  });

  it.each([',', ' ', ', ', 'a ', 'a="', '\\', 'a b="', '=', '"'])(
    'comes to an end with a field full of %j',
    (piece) => {
      const field = piece.repeat(8_192);

      expect(parseChallenges([`Basic${field}`, field]).length).toBeLessThanOrEqual(16_384);
    },
  );

  it('never throws, whatever comes', () => {
    const pieces = fc.constantFrom(
      'Bearer',
      ' ',
      ',',
      '=',
      '"',
      '\\',
      'realm',
      'a',
      '\t',
      '==',
      ';',
    );
    const field = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
    );

    fc.assert(
      fc.property(fc.array(field), (fields) => {
        expect(Array.isArray(parseChallenges(fields))).toBe(true);
      }),
    );
  });

  it('reads back what it is given', () => {
    const token = fc.stringMatching(/^[a-z]{1,8}$/);
    const parameters = fc.dictionary(token, fc.string(), {
      minKeys: 1,
      maxKeys: 4,
      noNullPrototype: true,
    });
    const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

    fc.assert(
      fc.property(fc.array(fc.tuple(token, parameters), { maxLength: 4 }), (challenges) => {
        const field = challenges
          .map(([scheme, given]) => {
            const parts = Object.entries(given).map(([name, value]) => `${name}=${quoted(value)}`);
            return `${scheme} ${parts.join(', ')}`;
          })
          .join(', ');

        expect(read(field)).toEqual(challenges);
      }),
    );
  });
});
