import type { FakeRegistry } from '../support/fake-registry';
import type { BearerAuth } from '../support/fake-registry-behaviour';
import { credentials, registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';

const UI = repo('local/gallery/ui');
const API = repo('local/gallery/api');
const PATH = 'gallery/ui';
const account = { username: 'robot', password: 'pass-word-5up3r' };
const settings = { credentials: credentials(account.username, account.password) };
const bearer: BearerAuth = { kind: 'bearer', ...account };
const { pair } = useFakes();

/** A service that grants nothing when it is asked for any of these. */
function nothingFor(...actions: readonly string[]): NonNullable<BearerAuth['grants']> {
  return (asked) => (asked.some((action) => actions.includes(action)) ? [] : asked);
}

function scopesAsked(fake: FakeRegistry): readonly (readonly string[])[] {
  return fake.tokenRequests.map(({ query }) => new URLSearchParams(query).getAll('scope'));
}

function refusedOf(fake: FakeRegistry): readonly unknown[] {
  return fake.requests.filter(({ status }) => status === 401);
}

describe('the scopes for deletes', () => {
  it.each([
    [
      'Quay, which grants nothing with `delete` and challenges for `pull,push`',
      { needs: (): string => 'pull,push', grants: nothingFor('delete') },
      ['pull,push,delete', 'pull,push'],
    ],
    [
      'a service that refuses `delete`, and a challenge without a scope',
      {
        needs: (): string => 'pull,push',
        challenges: (): undefined => undefined,
        refusesScope: (scope: string): boolean => scope.includes('delete'),
      },
      ['pull,push,delete', 'pull,push'],
    ],
    [
      'a service that gives deletes only by `*`',
      { grants: nothingFor('delete', 'pull', 'push') },
      ['pull,push,delete', 'delete', '*'],
    ],
    [
      'a service that grants only what was challenged',
      { grants: nothingFor('pull', 'push') },
      ['pull,push,delete', 'delete'],
    ],
  ])('are found out once for %s', async (_name, quirk, actions) => {
    const { fake, client } = await pair({ auth: { ...bearer, ...quirk }, settings });
    for (const name of ['1', '2']) fake.pushImage(PATH, name);
    fake.pushImage('gallery/api', '1');

    const outcomes = [await client.deleteTag(UI, tag('1'))];
    const learning = scopesAsked(fake);
    fake.forgetRequests();
    outcomes.push(await client.deleteTag(UI, tag('2')), await client.deleteTag(API, tag('1')));

    expect(outcomes).toEqual(['deleted', 'deleted', 'deleted']);
    expect(learning).toEqual(actions.map((one) => [`repository:${PATH}:${one}`]));
    expect(scopesAsked(fake)).toEqual([[`repository:gallery/api:${actions.at(-1) ?? ''}`]]);
    expect(refusedOf(fake)).toEqual([]);
  });

  it('are all asked for before it is unauthorized', async () => {
    const grants = (asked: readonly string[]): readonly string[] =>
      asked.filter((action) => action === 'pull' || action === 'push');
    const { fake, client } = await pair({ auth: { ...bearer, grants }, settings });
    fake.pushImage(PATH, '1');

    const error = await registryErrorOf(client.deleteTag(UI, tag('1')));

    expect(error).toMatchObject({ code: 'unauthorized', retryable: true, status: 401 });
    expect(scopesAsked(fake)).toEqual(
      ['pull,push,delete', 'delete', '*'].map((one) => [`repository:${PATH}:${one}`]),
    );
  });
});

describe('the scopes of a challenge', () => {
  it('come first where the registry calls the repository otherwise', async () => {
    const challenges = (path: string): string => `repository:proxy/${path}:pull`;
    const { fake, client } = await pair({ auth: { ...bearer, challenges }, settings });
    fake.pushImage(PATH, '1.0.0');

    await client.findManifest(UI, tag('1.0.0'));

    expect(scopesAsked(fake)).toEqual([
      [`repository:proxy/${PATH}:pull`, `repository:${PATH}:pull,push`],
    ]);
  });

  it.each([
    ['grants nothing', { grants: nothingFor('push') }],
    ['refuses', { refusesScope: (scope: string): boolean => scope.includes('push') }],
  ])('are kept for a repository where the service %s for more', async (_name, quirk) => {
    const { fake, client } = await pair({ auth: { ...bearer, ...quirk }, settings });
    fake.pushImage(PATH, '1.0.0');
    await client.findManifest(UI, tag('1.0.0'));
    const learning = scopesAsked(fake);
    fake.forgetRequests();

    await client.findManifest(UI, tag('1.0.0'));

    expect(learning).toEqual([[`repository:${PATH}:pull,push`], [`repository:${PATH}:pull`]]);
    expect([refusedOf(fake), fake.tokenRequests]).toEqual([[], []]);
  });

  it('are not followed for ever when they are others each time', async () => {
    let count = 0;
    const challenges = (path: string): string => {
      count += 1;
      return `repository:${path}:pull,extra${count}`;
    };
    const auth = { ...bearer, challenges, grants: (): readonly string[] => [] };
    const { fake, client } = await pair({ auth, settings });

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(fake.requests).toHaveLength(6);
  });
});
