import { SimulatedClock } from '../../src/runtime/clock';
import { FakeRegistry } from '../support/fake-registry';
import { bearer, type RunningService, startService } from '../support/service';
import { READ_TOKEN } from '../support/test-config';
import { DAY, START } from '../tagging/stage';
import { TestRepository } from '../tagging/test-repository';
import { pin } from './pruning';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('protections', () => {
  const clock = new SimulatedClock(START);
  let registry: FakeRegistry;
  let service: RunningService;
  let repository: TestRepository;
  let number = 0;

  beforeAll(async () => {
    registry = await FakeRegistry.start();
    service = await startService({ registryUrl: registry.url, clock });
  });

  beforeEach(() => {
    number += 1;
    const path = `gallery/r${number}`;
    repository = new TestRepository({ registry, clock, client: service.client, path });
  });

  afterAll(async () => {
    await service.stop();
    service.config.remove();
    await registry.stop();
  });

  describe('pins', () => {
    const list = async (): Promise<unknown> =>
      (await service.client.get(`repositories/${repository.slug}/pins`)).json;

    it.each([
      { target: '1.4.0', kind: 'tag' },
      { target: 'latest', kind: 'tag' },
      { target: DIGEST, kind: 'digest' },
    ])('can be set on $target, replaced and taken away', async ({ target, kind }) => {
      const first = await pin(repository, target);
      const second = await pin(repository, target, { reason: 'a customer' });
      const listed = await list();
      const path = `repositories/${repository.slug}/pins/${target}`;
      const removed = await service.client.delete(path);
      const again = await service.client.delete(path);

      expect(first).toMatchObject({ status: 200, json: { target, kind, reason: 'a barrier' } });
      expect(second.json).toMatchObject({
        reason: 'a customer',
        by: 'token:admin',
        expiresAt: null,
      });
      expect(listed).toEqual({ items: [second.json] });
      expect(removed).toMatchObject({ status: 200, json: second.json });
      expect(again).toMatchObject({ status: 404, json: { code: 'pin-unknown' } });
    });

    it('end when they expire', async () => {
      const expiresAt = new Date(clock.now() + DAY).toISOString();
      await pin(repository, '1.4.0', { reason: 'a barrier', expiresAt });
      const before = await list();
      clock.advance(DAY);

      expect(before).toMatchObject({ items: [{ target: '1.4.0', expiresAt }] });
      expect(await list()).toEqual({ items: [] });
    });

    it.each([
      { what: 'no reason', target: '1.0.0', body: {}, status: 422 },
      { what: 'an empty reason', target: '1.0.0', body: { reason: ' ' }, status: 422 },
      {
        what: 'an end in the past',
        target: '1.0.0',
        body: { reason: 'x', expiresAt: '2020-01-01T00:00:00Z' },
        status: 422,
      },
      { what: 'an unknown field', target: '1.0.0', body: { reason: 'x', until: 1 }, status: 422 },
      { what: 'a wrong tag', target: '-1', body: { reason: 'x' }, status: 422 },
      { what: 'a wrong digest', target: 'sha256:12', body: { reason: 'x' }, status: 422 },
      {
        what: 'a tag of Tagward',
        target: `tagward-restore-sha256-${'a'.repeat(64)}`,
        body: { reason: 'x' },
        status: 422,
      },
    ])('are refused with $what', async ({ target, body, status }) => {
      const answer = await pin(repository, target, body);

      expect(answer.status).toBe(status);
      expect(await list()).toEqual({ items: [] });
    });

    it('are taken for the longest tag there can be', async () => {
      const longest = `v${'1'.repeat(127)}`;

      expect((await pin(repository, longest)).status).toBe(200);
      expect((await pin(repository, `${longest}1`)).status).toBe(422);
    });

    it('are refused in a repository that nothing is configured for', async () => {
      const path = 'repositories/elsewhere~gallery~ui/pins/1.0.0';

      const answer = await service.client.put(path, { reason: 'x' });

      expect(answer).toMatchObject({ status: 404, json: { code: 'repository-unknown' } });
    });

    it('want the scope to operate', async () => {
      const path = `repositories/${repository.slug}/pins/1.0.0`;

      const answer = await service.client.put(path, { reason: 'x' }, bearer(READ_TOKEN));

      expect(answer).toMatchObject({ status: 403, json: { code: 'scope-missing' } });
    });
  });

  describe('in-use reports', () => {
    const reporters = async (): Promise<unknown> => (await service.client.get('in-use')).json;

    it('replace the last one of the reporter', async () => {
      const report = (count: number): Promise<unknown> => {
        const digests = Array.from({ length: count }, (_, n) => `sha256:${`${n}`.repeat(64)}`);
        const repositories = { [repository.slug]: digests, 'local~other': digests };
        return service.client.put('in-use/cluster-a', { repositories });
      };
      await report(3);
      clock.advance(DAY);

      const answer = await report(2);

      const reportedAt = new Date(clock.now()).toISOString();
      const summary = { reporter: 'cluster-a', reportedAt, reportedBy: 'token:admin' };
      expect(answer).toMatchObject({
        status: 200,
        json: { ...summary, repositories: 2, digests: 4 },
      });
      expect(await reporters()).toEqual({ items: [{ ...summary, repositories: 2, digests: 4 }] });
    });

    it('may say that nothing runs', async () => {
      const answer = await service.client.put('in-use/cluster-a', { repositories: {} });

      expect(answer).toMatchObject({ status: 200, json: { repositories: 0, digests: 0 } });
    });

    it('are forgotten with their reporter', async () => {
      await service.client.put('in-use/cluster-b', { repositories: {} });

      const forgotten = await service.client.delete('in-use/cluster-b');
      const again = await service.client.delete('in-use/cluster-b');

      expect([forgotten.status, again.status]).toEqual([200, 404]);
      expect(JSON.stringify(await reporters())).not.toContain('cluster-b');
    });

    it.each([
      { what: 'no list', reporter: 'x', body: {}, status: 422 },
      { what: 'a wrong slug', reporter: 'x', body: { repositories: { Local: [] } }, status: 422 },
      {
        what: 'a wrong digest',
        reporter: 'x',
        body: { repositories: { 'local~a': ['sha256:1'] } },
        status: 422,
      },
      { what: 'an unknown field', reporter: 'x', body: { repositories: {}, at: 1 }, status: 422 },
      { what: 'a strange name', reporter: '%20', body: { repositories: {} }, status: 400 },
    ])('are refused with $what', async ({ reporter, body, status }) => {
      const answer = await service.client.put(`in-use/${reporter}`, body);

      expect(answer.status).toBe(status);
    });
  });
});
