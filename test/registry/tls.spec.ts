import { registryErrorOf, repo, useFakes } from '../support/fake-registry-client';
import { createAuthority, type PrivateAuthority } from '../support/tls-certificates';

const UI = repo('local/gallery/ui');
const { pair, connect } = useFakes();
const made = createAuthority();

describe('a registry with a certificate of a private authority', () => {
  if (!made.available) {
    process.stderr.write(`skipped TLS tests: ${made.reason}\n`);
    // eslint-disable-next-line jest/no-disabled-tests, jest/expect-expect -- a missing program is skipped where all can see it
    it.skip(`runs where openssl is (${made.reason})`, () => undefined);
    return;
  }
  const { authority }: { readonly authority: PrivateAuthority } = made;

  it.each(['localhost', '127.0.0.1'] as const)(
    'is trusted with its `caFile` at %s',
    async (host) => {
      const { fake, client } = await pair({ tls: authority, host, settings: { ca: authority.ca } });
      fake.pushImage('gallery/ui', '1.0');

      expect(await client.listTags(UI)).toEqual(['1.0']);
    },
  );

  it('is not trusted without, and the error names the setting', async () => {
    const { fake, client } = await pair({ tls: authority });

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'certificate-untrusted', retryable: false });
    expect(error.message).toContain('registries.local.caFile');
    expect(fake.requests).toEqual([]);
  });

  it('is not trusted with the certificate of another authority', async () => {
    const another = createAuthority();
    const ca = another.available ? another.authority.ca : '';
    const { client } = await pair({ tls: authority, settings: { ca } });

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({
      code: 'certificate-untrusted',
    });
  });

  it('is trusted by whoever spells out that any certificate will do', async () => {
    const { fake, client } = await pair({ tls: authority, settings: { skipVerify: true } });
    fake.pushImage('gallery/ui', '1.0');

    expect(await client.listTags(UI)).toEqual(['1.0']);
  });

  it('gives out tokens on its own port over https', async () => {
    const auth = { kind: 'bearer' } as const;
    const { fake, client } = await pair({ tls: authority, auth, settings: { ca: authority.ca } });
    fake.pushImage('gallery/ui', '1.0');

    expect(await client.listTags(UI)).toEqual(['1.0']);
  });

  it('must not send a client to a plain token service', async () => {
    const { fake } = await pair({ tls: authority });
    fake.behaviour.auth = { kind: 'bearer', realm: fake.url.replace('https', 'http') };
    const client = connect(fake.url, { settings: { ca: authority.ca } });

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({ code: 'redirect-refused' });
  });

  it('is unreachable for one that speaks plain HTTP, and the other way round', async () => {
    const { fake } = await pair({ tls: authority });
    const plain = await pair();

    const toTls = connect(fake.url.replace('https', 'http'));
    const toPlain = connect(plain.fake.url.replace('http', 'https'));

    expect(await registryErrorOf(toTls.listTags(UI))).toMatchObject({ code: 'unreachable' });
    expect(await registryErrorOf(toPlain.listTags(UI))).toMatchObject({ code: 'unreachable' });
  });
});
