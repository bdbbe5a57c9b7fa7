import fc from 'fast-check';
import { allowedRealm } from '../../src/registry/realm';
import { RegistryError } from '../../src/registry/registry-error';
import { settingsFor } from '../support/fake-registry-client';

function decide(registry: string, realms: readonly string[], realm: string): string {
  try {
    const { publicOnly } = allowedRealm(settingsFor(registry, { realms }), realm);
    return publicOnly ? 'public only' : 'allowed';
  } catch (error) {
    if (error instanceof RegistryError) return error.code;
    throw error;
  }
}

const HTTPS = 'https://registry.example.com';
const REFUSED = 'redirect-refused';

describe(allowedRealm, () => {
  it.each([
    // The registry's own host.
    [HTTPS, [], 'https://registry.example.com/token', 'allowed'],
    [HTTPS, [], 'https://registry.example.com:8443/token', 'allowed'],
    [HTTPS, [], 'https://REGISTRY.example.com/token', 'allowed'],
    [HTTPS, [], 'https://registry.example.com.evil.test/token', REFUSED],
    [HTTPS, [], 'https://registry.example.com@evil.test/token', REFUSED],
    [HTTPS, [], 'https://evil.test/registry.example.com', REFUSED],
    [HTTPS, [], 'http://registry.example.com/token', REFUSED],
    ['http://registry.example.com', [], 'http://registry.example.com:5001/token', 'allowed'],
    ['http://localhost:5000', [], 'http://localhost:5001/token', 'allowed'],
    // The list.
    [HTTPS, ['auth.example.com'], 'https://auth.example.com/token', 'public only'],
    [HTTPS, ['AUTH.example.com'], 'https://auth.example.com/token', 'public only'],
    [HTTPS, ['auth.example.com:443'], 'https://auth.example.com/token', 'public only'],
    [HTTPS, ['auth.example.com:8443'], 'https://auth.example.com:8443/token', 'public only'],
    [HTTPS, ['auth.example.com'], 'https://auth.example.com:8443/token', REFUSED],
    [HTTPS, ['auth.example.com'], 'http://auth.example.com/token', REFUSED],
    [HTTPS, ['auth.example.com'], 'https://other.example.com/token', REFUSED],
    [HTTPS, ['auth.example.com'], 'https://x.auth.example.com/token', REFUSED],
    ['http://registry.test', ['auth.test'], 'http://auth.test/token', 'public only'],
    [HTTPS, ['not a host', ''], 'https://evil.test/token', REFUSED],
    // Addresses.
    ['http://127.0.0.1:5000', [], 'http://127.0.0.1:5000/token', 'allowed'],
    ['http://127.0.0.1:5000', [], 'http://127.0.0.1:5001/token', REFUSED],
    ['http://127.0.0.1:5000', ['127.0.0.1'], 'http://127.0.0.1:5001/token', REFUSED],
    ['http://127.0.0.1:5000', ['127.0.0.1:5001'], 'http://127.0.0.1:5001/token', 'allowed'],
    [HTTPS, ['10.0.0.7:8443'], 'https://10.0.0.7:8443/token', 'allowed'],
    [HTTPS, ['10.0.0.7'], 'https://10.0.0.7/token', REFUSED],
    [HTTPS, ['10.0.0.7:443'], 'https://10.0.0.7/token', 'allowed'],
    [HTTPS, ['[fd00::7]:8443'], 'https://[fd00::7]:8443/token', 'allowed'],
    [HTTPS, ['[fd00::7]'], 'https://[fd00::7]/token', REFUSED],
    [HTTPS, ['[::ffff:127.0.0.1]'], 'https://[::ffff:127.0.0.1]/token', REFUSED],
    [HTTPS, ['8.8.8.8'], 'https://8.8.8.8/token', 'allowed'],
    [HTTPS, ['169.254.169.254'], 'https://0xa9fea9fe/token', REFUSED],
    ['http://10.0.0.1:5000', [], 'http://0x0a000001:5001/', REFUSED],
    ['http://8.8.8.8:5000', [], 'http://8.8.8.8:5001/', 'allowed'],
    // Docker Hub.
    ['https://registry-1.docker.io', [], 'https://auth.docker.io/token', 'public only'],
    ['https://index.docker.io', [], 'https://auth.docker.io/token', 'public only'],
    ['https://docker.io', [], 'https://auth.docker.io/token', 'public only'],
    [HTTPS, [], 'https://auth.docker.io/token', REFUSED],
    ['https://registry-1.docker.io', [], 'https://auth.docker.io:8443/token', REFUSED],
    // No URL to ask.
    [HTTPS, [], '/token', REFUSED],
    [HTTPS, [], '', REFUSED],
    [HTTPS, [], 'file:///etc/passwd', REFUSED],
    [HTTPS, [], 'javascript:alert(1)', REFUSED],
  ])('of %s with %j at %s: %s', (registry, realms, realm, expected) => {
    expect(decide(registry, realms, realm)).toBe(expected);
  });

  it('leads to no other host, whatever it is', () => {
    const pieces = fc.constantFrom(
      ...['https:', 'http:', '//', '/', '\\', '@', ':', '.', '?', '#', '%2e', '[', ']', ' '],
      ...['registry.example.com', 'evil.test', '127.0.0.1', '443', 'user'],
    );
    const text = fc.oneof(
      fc.webUrl({ withQueryParameters: true }),
      fc.string(),
      fc.array(pieces, { maxLength: 12 }).map((parts) => `https://${parts.join('')}`),
    );

    fc.assert(
      fc.property(text, (realm) => {
        const decision = decide(HTTPS, [], realm);
        const { protocol, hostname } = new URL(URL.canParse(realm) ? realm : 'none:');

        expect(decision === 'allowed').toBe(
          protocol === 'https:' && hostname === 'registry.example.com',
        );
        expect(['allowed', REFUSED]).toContain(decision);
      }),
    );
  });
});
