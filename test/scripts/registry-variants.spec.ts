import { startableVariants } from '../../scripts/registry-variants';
import { TEST_USER } from '../../scripts/test-user';
import { TokenServer } from '../../scripts/token-server';

const { username, password } = TEST_USER;

describe('startableVariants', () => {
  it('lists every registry in every variant, there or not', () => {
    const names = startableVariants().map(({ registry, variant }) => `${registry}/${variant}`);

    expect(names).toEqual(
      ['distribution-2.8', 'distribution-3', 'crane'].flatMap((registry) =>
        ['plain', 'tls', 'htpasswd', 'token'].map((variant) => `${registry}/${variant}`),
      ),
    );
  });

  it('says of each that is not there why', () => {
    const reasons = startableVariants().flatMap((one) => (one.available ? [] : [one.reason]));

    expect(reasons.filter((reason) => reason.trim() === '')).toEqual([]);
    expect(reasons).toContain('crane registry serve knows no tokens');
  });

  it('ends what it has started', async () => {
    for (const one of startableVariants().filter(({ variant }) => variant === 'htpasswd')) {
      if (!one.available) continue;
      const { url, stop } = await one.start();
      const before = await fetch(`${url}/v2/`);

      await stop();

      expect(before.status).toBe(401);
      await expect(fetch(`${url}/v2/`)).rejects.toThrow('fetch failed');
    }
  });
});

describe('TokenServer', () => {
  it('signs tokens for whoever has the password, and counts everybody', async () => {
    const server = await TokenServer.start({ username, password });
    const { realm } = server.auth;
    const ask = (secret: string): Promise<Response> => {
      const basic = Buffer.from(`${username}:${secret}`).toString('base64');
      const scope = 'scope=repository:gallery/ui:pull,push';
      return fetch(`${realm}?${scope}`, { headers: { authorization: `Basic ${basic}` } });
    };

    const [refused, granted] = [await ask('wrong'), await ask(password)];
    const { token } = (await granted.json()) as { token: string };
    await server.stop();

    expect(refused.status).toBe(401);
    expect(
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()),
    ).toMatchObject({
      access: [{ type: 'repository', name: 'gallery/ui', actions: ['pull', 'push'] }],
    });
    expect(server.requests).toBe(2);
  });
});
