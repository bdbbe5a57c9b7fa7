import { TEST_USER } from '../../scripts/test-user';
import { TokenServer } from '../../scripts/token-server';
import { findOnPath } from '../../scripts/programs';

const { username, password } = TEST_USER;

describe('TokenServer', () => {
  if (findOnPath('openssl') === undefined) {
    process.stderr.write('skipped the token server: openssl is not on the PATH\n');
    it.todo('runs where openssl is');
    return;
  }
  let server: TokenServer;

  beforeEach(async () => {
    server = await TokenServer.start({ username, password });
  });
  afterEach(() => server.stop());

  const ask = (pair: string, query = ''): Promise<Response> => {
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    return fetch(`${server.auth.realm}${query}`, { headers: { authorization } });
  };

  it.each([`${username}:wrong`, `somebody:${password}`, `${username}:`])(
    'refuses %s, and counts it',
    async (pair) => {
      const { status } = await ask(pair);

      expect(status).toBe(401);
      expect(server.requests).toBe(1);
    },
  );

  it('refuses whoever names nobody', async () => {
    const { status } = await fetch(server.auth.realm);

    expect(status).toBe(401);
  });

  it('grants what is asked for, several repositories at once', async () => {
    const query = '?scope=repository:gallery/ui:pull,push&scope=repository:base:pull';

    const { token } = (await (await ask(`${username}:${password}`, query)).json()) as {
      token: string;
    };

    const claims: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    );
    expect(claims).toMatchObject({
      access: [
        { type: 'repository', name: 'gallery/ui', actions: ['pull', 'push'] },
        { type: 'repository', name: 'base', actions: ['pull'] },
      ],
    });
    expect(server.requests).toBe(1);
  });
});
