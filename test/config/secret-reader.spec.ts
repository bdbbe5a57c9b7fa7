import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

import { readSecrets } from '../../src/config/secret-reader';
import type { SourceSettings } from '../../src/config/settings';
import { ConfigFolder, errorOf } from './config-folder';

const BASE64 = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const WRONG_TOKENS: readonly (readonly [token: string, fault: string])[] = [
  [
    '',
    '1:10 tokens[0].tokenFile: is missing; allowed: `tokenFile`, or `token` as ${NAME} from the environment',
  ],
  [
    ', tokenFile: t, token: "${T}"',
    '1:51 tokens[0].token: both `token` and `tokenFile` are given; allowed: one of them',
  ],
  [
    ', token: hunter2',
    '1:44 tokens[0].token: a secret does not stand in this file; use `tokenFile`, or ${NAME} from the environment',
  ],
  [
    ', token: "x${T}"',
    '1:44 tokens[0].token: a secret does not stand in this file; use `tokenFile`, or ${NAME} from the environment',
  ],
  [
    ', token: 42',
    '1:44 tokens[0].token: this value is not allowed here; allowed: ${NAME} from the environment',
  ],
  [', token: "${NOPE}"', '1:44 tokens[0].token: the environment has no variable NOPE'],
  [
    ', token: "${EMPTY}"',
    '1:44 tokens[0].token: the variable EMPTY is empty; allowed: the text of a secret',
  ],
  [
    ', token: "${SPACED}"',
    '1:44 tokens[0].token: the variable SPACED holds a character that no Authorization header can carry; allowed: one word of ASCII',
  ],
  [
    ', tokenFile: missing',
    '1:48 tokens[0].tokenFile: <folder>/missing cannot be read: no such file or directory (ENOENT)',
  ],
  [
    ', tokenFile: .',
    '1:48 tokens[0].tokenFile: <folder> cannot be read: illegal operation on a directory (EISDIR)',
  ],
  [
    ', tokenFile: newline',
    '1:48 tokens[0].tokenFile: <folder>/newline is empty; allowed: the text of a secret',
  ],
  [
    ', tokenFil: t',
    '1:37 tokens[0].tokenFil: `tokenFil` is not a setting of this version; did you mean `tokenFile`?',
  ],
];

describe(readSecrets.name, () => {
  const env = { T: 'hunter2', EMPTY: '', SPACED: 'hunter2 hunter3' };
  let folder: ConfigFolder;

  beforeAll(() => {
    folder = new ConfigFolder();
    folder.write('t', 'hunter2');
    folder.write('newline', '\n');
  });

  afterAll(() => {
    folder.remove();
  });

  it.each(WRONG_TOKENS)('refuses a token with "%s"', (token, fault) => {
    const report = folder.reportOf(`tokens: [{ name: a, scopes: [read]${token} }]`, env);

    expect(report).toEqual([fault]);
    expect(report.join('\n')).not.toContain('hunter');
  });

  it('asks for the password of a user', () => {
    const report = folder.reportOf('registries: { a: { url: "http://a", auth: { username: u } } }');

    expect(report).toEqual([
      '1:37 registries.a.auth.passwordFile: is missing; allowed: `passwordFile`, or `password` as ${NAME} from the environment',
    ]);
  });

  it.each`
    text                       | key
    ${'plain and with spaces'} | ${'plain'}
    ${`whsec_${BASE64}`}       | ${'Standard Webhooks'}
    ${'whsec_aGVsbG8='}        | ${'padded'}
  `('accepts a $key secret that signs', ({ text }: Record<string, string>) => {
    const source = load(text ?? '');

    expect(source?.auth.secrets.map((secret) => secret.reveal())).toEqual([text]);
  });

  it.each(['whsec_', 'whsec_hunter-2', 'whsec_hunter', 'whsec_a===', 'whsec_aGVsbG8=\n'])(
    'refuses %j as a secret that signs',
    (text) => {
      const error = errorOf(() => load(text));

      expect(error.faults.map(({ sentence }) => sentence)).toEqual([
        'the variable S has no valid base64 behind whsec_',
      ]);
    },
  );

  it('hides secrets from logs, JSON and error reports', () => {
    const settings = folder.load('metrics: { token: "${T}" }', env);

    expect(settings.metricsToken?.reveal()).toBe('hunter2');
    expect(inspect(settings, { depth: null, showHidden: true })).not.toContain('hunter2');
    expect(JSON.stringify(settings)).toContain('[redacted]');
    expect(JSON.stringify(settings)).not.toContain('hunter2');
    expect(settings.metricsToken?.toString()).toBe('[redacted]');
  });

  it('keeps the hash of an API token only', () => {
    const settings = folder.load('tokens: [{ name: a, scopes: [read], token: "${T}" }]', env);

    expect(inspect(settings, { depth: null, showHidden: true })).not.toContain('hunter2');
    expect(settings.tokens[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes the hash of an API token instead of it', () => {
    const hash = createHash('sha256').update('hunter2').digest('hex');
    const given = folder.load('tokens: [{ name: a, scopes: [read], token: "${T}" }]', env);

    const hashed = folder.load(
      `tokens: [{ name: a, scopes: [read], tokenHash: "sha256:${hash}" }]`,
      {},
    );

    expect(hashed.tokens).toEqual(given.tokens);
  });

  it.each([
    ['both a token and its hash', 'token: "${T}", tokenHash: "sha256:HASH"', 'one of `token`'],
    ['a hash of another length', 'tokenHash: "sha256:abc"', '64 hexadecimal digits'],
    ['a hash without its algorithm', 'tokenHash: HASH', 'sha256: and 64'],
  ])('refuses %s', (_name, keys, words) => {
    const yaml = `tokens: [{ name: a, scopes: [read], ${keys.replace('HASH', 'a'.repeat(64))} }]`;

    const error = errorOf(() => folder.load(yaml, env));

    expect(error.faults).toHaveLength(1);
    expect(error.faults[0]?.sentence).toContain(words);
  });

  it('takes the new and the old secret while one is changed', () => {
    const yaml = 'sources: { ci: { kind: generic, secret: ["${NEW}", "${OLD}"], allow: ["**"] } }';
    const source = folder.load(yaml, { NEW: 'new', OLD: 'old' }).sources.get('ci');

    expect(source?.auth.secrets.map((secret) => secret.reveal())).toEqual(['new', 'old']);
  });

  function load(secret: string): SourceSettings | undefined {
    const yaml = 'sources: { ci: { kind: generic, secret: "${S}", allow: ["**"] } }';
    return folder.load(yaml, { S: secret }).sources.get('ci');
  }
});
