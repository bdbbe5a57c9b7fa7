import { DeliveriesController } from '../../src/deliveries/deliveries.controller';
import { DeliveryAnswer } from '../../src/deliveries/delivery.schema';
import {
  bearer,
  type HttpAnswer,
  Problem,
  type RunningService,
  startService,
} from '../support/service';
import { OPERATE_TOKEN } from '../support/test-config';
import { editedConfig, listDeliveries, NOWHERE, receiptOf } from './delivery-list';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const RELEASE = { repository: 'local/gallery/ui', tag: '2.1.106' };

let service: RunningService;

beforeAll(async () => {
  const config = editedConfig({ 'match: local/**': 'match: local/gallery/*' });
  service = await startService({ registryUrl: NOWHERE, config });
});

afterAll(async () => {
  await service.stop();
  service.config.remove();
});

describe(DeliveriesController, () => {
  it('takes a release by API token into the inbox', async () => {
    const runUrl = 'https://ci.example.com/runs/17';

    const answer = await announce({ ...RELEASE, digest: DIGEST, prerelease: false, runUrl });

    const receipt = receiptOf(answer);
    expect(answer.status).toBe(202);
    expect(receipt).toEqual({ id: receipt.id, status: 'accepted', ...RELEASE });
    expect(await service.client.delivery(receipt.id)).toMatchObject({
      source: 'token:ops',
      ...RELEASE,
      digest: DIGEST,
      runUrl,
      status: 'pending',
    });
  });

  it('takes the same release twice', async () => {
    const ids = [receiptOf(await announce(RELEASE)).id, receiptOf(await announce(RELEASE)).id];

    expect(new Set(ids).size).toBe(2);
  });

  it('ignores a repository that no entry matches', async () => {
    const answer = await announce({ repository: 'local/other', tag: '1.0.0' });

    expect(answer.status).toBe(202);
    expect(receiptOf(answer)).toMatchObject({ status: 'ignored', repository: 'local/other' });
  });

  it.each<[string, object]>([
    ['a field that nobody knows', { ...RELEASE, attempts: 1 }],
    ['a status', { ...RELEASE, status: 'done' }],
    ['a source', { ...RELEASE, source: 'ci' }],
    ['no repository', { tag: '1.0.0' }],
    ['no tag', { repository: 'local/gallery/ui' }],
    ['a repository without a registry', { ...RELEASE, repository: 'ui' }],
    ['a repository with dots', { ...RELEASE, repository: 'local/../ui' }],
    ['a tag with a blank', { ...RELEASE, tag: 'a b' }],
    ['a digest that is none', { ...RELEASE, digest: 'sha256:00' }],
    ['prerelease as text', { ...RELEASE, prerelease: 'no' }],
    ['a runUrl that is none', { ...RELEASE, runUrl: 'javascript:alert(1)' }],
    ['null for a digest', { ...RELEASE, digest: null }],
  ])('refuses a release with %s', async (_title, release) => {
    const before = await listDeliveries(service.client);

    const answer = await announce(release);

    expect(answer.status).toBe(422);
    expect(Problem.parse(answer.json)).toMatchObject({ code: 'body-invalid' });
    expect(await listDeliveries(service.client)).toHaveLength(before.length);
  });

  it('says all faults of a body in one sentence', async () => {
    const answer = await announce({ tag: 'a b', digest: 'x' });

    const { detail } = Problem.parse(answer.json);
    expect(detail).toContain('tag:');
    expect(detail).toContain('digest:');
    expect(detail).toContain('repository:');
  });

  it('shows a delivery with exactly its documented members, and no body', async () => {
    const { id } = receiptOf(await service.client.webhook({ tag: '2.1.107' }));

    const answer = await service.client.get(`deliveries/${id}`);

    const delivery = DeliveryAnswer.strict().parse(answer.json);
    expect(delivery.receivedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(delivery.notBefore).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(delivery).toMatchObject({ id, source: 'ci', outcome: null, replayOf: null });
  });

  it('retries a delivery whose registry is down, and says why', async () => {
    const { id } = receiptOf(await service.client.webhook({ tag: '2.1.108' }));

    const delivery = await service.client.until(
      () => service.client.delivery(id),
      ({ attempts }) => attempts > 0,
    );

    expect(delivery).toMatchObject({ status: 'pending', outcome: null });
    expect(delivery.error?.text).not.toBe('');
    expect(Date.parse(delivery.notBefore ?? '')).toBeGreaterThan(Date.parse(delivery.receivedAt));
  });

  it.each([
    ['source', 'source=ci', ['ci']],
    ['repository', 'repository=local/other', ['token:ops']],
    ['status', 'status=ignored', ['token:ops']],
  ])('filters by %s', async (_name, query, sources) => {
    const rows = await listDeliveries(service.client, `&${query}`);

    expect(new Set(rows.map(({ source }) => source))).toEqual(new Set(sources));
  });

  it('answers 404 for an unknown delivery', async () => {
    const answer = await service.client.get('deliveries/999999');

    expect(Problem.parse(answer.json)).toMatchObject({ status: 404, code: 'delivery-unknown' });
  });
});

function announce(release: object): Promise<HttpAnswer> {
  return service.client.post('releases', release, bearer(OPERATE_TOKEN));
}
