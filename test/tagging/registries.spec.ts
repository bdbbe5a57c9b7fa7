import { RegistriesAnswer } from '../../src/tagging/tagging.schema';
import { FakeRegistry } from '../support/fake-registry';
import { PRESETS } from '../support/fake-registry-presets';
import { bearer, Problem, type RunningService, startService } from '../support/service';
import { OPERATE_TOKEN, READ_TOKEN } from '../support/test-config';

const UNPROVEN = {
  ...{ multiTag: 'unproven', tagDelete: 'unproven', digestDelete: 'unproven' },
  ...{ referrers: 'unproven', paging: 'unproven', tagDeleteLeavesOthers: 'unproven' },
};
const OPERATE = bearer(OPERATE_TOKEN);

let [local, other]: FakeRegistry[] = [];
let service: RunningService;

beforeEach(async () => {
  local = await FakeRegistry.start();
  other = await FakeRegistry.start({ ...PRESETS.zot, basePath: '/base' });
  const registryUrl = `${local.url}\n  other:\n    url: ${other.url}/`;
  service = await startService({ registryUrl, anonymous: 'none' });
});

afterEach(async () => {
  await service.stop();
  service.config.remove();
  await Promise.all([local?.stop(), other?.stop()]);
});

function diagnose(id: string, body: object = {}): ReturnType<typeof service.client.post> {
  return service.client.post(`registries/${id}/diagnoses`, body, OPERATE);
}

describe('GET /registries', () => {
  it('lists what is configured, and asks no registry', async () => {
    const { status, json } = await service.client.get('registries', READ_TOKEN);

    expect(status).toBe(200);
    expect(json).toEqual({
      items: [
        { id: 'local', url: local?.url, capabilities: UNPROVEN, repositories: 0 },
        { id: 'other', url: other?.url, capabilities: UNPROVEN, repositories: 0 },
      ],
    });
    expect([...(local?.requests ?? []), ...(other?.requests ?? [])]).toEqual([]);
  });

  it('counts the repositories that were met, and shows what they have shown', async () => {
    for (const path of ['gallery/ui', 'gallery/api']) {
      local?.pushImage(path, '1.0.0');
      await service.client.post('releases', { repository: `local/${path}`, tag: '1.0.0' }, OPERATE);
    }

    const { items } = await service.client.until(
      async () => RegistriesAnswer.parse((await service.client.get('registries', READ_TOKEN)).json),
      (answer) =>
        answer.items[0]?.capabilities.multiTag !== 'unproven' &&
        answer.items[0]?.repositories === 2,
    );

    expect(items).toMatchObject([
      { id: 'local', repositories: 2, capabilities: { multiTag: 'unsupported' } },
      { id: 'other', repositories: 0, capabilities: UNPROVEN },
    ]);
  });

  it('needs a token where nobody may read without', async () => {
    expect((await service.client.get('registries')).status).toBe(401);
  });
});

describe('POST /registries/{id}/diagnoses', () => {
  it('tells each check, and what it has found out', async () => {
    local?.pushImage('gallery/ui', '1.0.0');

    const { status, json } = await diagnose('local', { repository: 'local/gallery/ui' });

    expect(status).toBe(200);
    expect(json).toMatchObject({
      ...{ id: 'local', url: local?.url, repository: 'local/gallery/ui' },
      checks: expect.arrayContaining([
        { name: 'pull', status: 'ok', text: 'may read gallery/ui: 1 tag' },
        { name: 'delete', status: 'ok', text: 'single tags can be deleted' },
      ]) as unknown,
      capabilities: { tagDelete: 'works', digestDelete: 'works', referrers: 'unsupported' },
    });
  });

  it('is 200 for a registry that is down: that is a check', async () => {
    await local?.stop();

    const { status, json } = await diagnose('local');

    expect(status).toBe(200);
    expect(json).toMatchObject({ checks: [{ name: 'reach', status: 'fail' }] });
  });

  it('has no repository to be tried in while none of the registry is known', async () => {
    expect((await diagnose('other')).json).toMatchObject({
      repository: null,
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'push', status: 'unknown' }),
      ]) as unknown,
    });
  });

  it.each`
    what                                  | id         | body                            | status | code
    ${'an unknown registry'}              | ${'third'} | ${{}}                           | ${404} | ${'registry-unknown'}
    ${'a repository of another one'}      | ${'local'} | ${{ repository: 'other/x' }}    | ${422} | ${'repository-invalid'}
    ${'a repository that is not managed'} | ${'other'} | ${{ repository: 'other/x' }}    | ${404} | ${'repository-unknown'}
    ${'a repository that is none'}        | ${'local'} | ${{ repository: 'Gallery' }}    | ${422} | ${'body-invalid'}
    ${'an unknown field'}                 | ${'local'} | ${{ repo: 'local/gallery/ui' }} | ${422} | ${'body-invalid'}
  `(
    'is $status for $what, and nobody is asked',
    async (row: { id: string; body: object; status: number; code: string }) => {
      const { status, json, headers } = await diagnose(row.id, row.body);

      expect(Problem.parse(json)).toMatchObject({ status: row.status, code: row.code });
      expect(status).toBe(row.status);
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect([...(local?.requests ?? []), ...(other?.requests ?? [])]).toEqual([]);
    },
  );

  it('says which registry a repository of another one belongs to', async () => {
    const { json } = await diagnose('local', { repository: 'other/x' });

    expect(Problem.parse(json).detail).toBe(
      'other/x is a repository of the registry other, not of local: name one that begins with local/',
    );
  });

  it('names the known registries to who asks for an unknown one', async () => {
    expect(Problem.parse((await diagnose('third')).json)).toMatchObject({
      title: 'Not found',
      detail: 'no registry "third" is configured; known: local, other',
    });
  });

  it('is not for tokens that may only read, since it sends writes', async () => {
    const path = 'registries/local/diagnoses';
    const { status } = await service.client.post(path, {}, bearer(READ_TOKEN));

    expect(status).toBe(403);
    expect(local?.requests).toEqual([]);
  });
});
