import { SimulatedClock } from '../../src/runtime/clock';
import { requestTo } from '../support/fake-registry';
import { errorAnswer } from '../support/fake-registry-behaviour';
import { registryErrorOf, repo, tag, useFakes } from '../support/fake-registry-client';
import { ociImage } from '../support/fake-registry-manifests';

const UI = repo('local/gallery/ui');
const { pair } = useFakes();
const NOW = 1_800_000_000_000;

interface Row {
  readonly status: number;
  readonly registryCode: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly sent: number;
}

describe('an answer to PUT', () => {
  it.each`
    status | registryCode               | code                       | retryable | sent
    ${400} | ${'MANIFEST_INVALID'}      | ${'manifest-invalid'}      | ${false}  | ${1}
    ${400} | ${'NAME_INVALID'}          | ${'manifest-invalid'}      | ${false}  | ${1}
    ${400} | ${'TAG_INVALID'}           | ${'manifest-invalid'}      | ${false}  | ${1}
    ${400} | ${'MANIFEST_BLOB_UNKNOWN'} | ${'manifest-blob-unknown'} | ${true}   | ${1}
    ${400} | ${'UNSUPPORTED'}           | ${'unsupported'}           | ${false}  | ${1}
    ${401} | ${'UNAUTHORIZED'}          | ${'unauthorized'}          | ${true}   | ${1}
    ${403} | ${'DENIED'}                | ${'denied'}                | ${false}  | ${1}
    ${404} | ${'NAME_UNKNOWN'}          | ${'manifest-unknown'}      | ${false}  | ${1}
    ${405} | ${'UNSUPPORTED'}           | ${'unsupported'}           | ${false}  | ${1}
    ${408} | ${'SLOW'}                  | ${'timeout'}               | ${true}   | ${5}
    ${409} | ${'TAG_IMMUTABLE'}         | ${'refused'}               | ${false}  | ${1}
    ${412} | ${'PRECONDITION'}          | ${'refused'}               | ${false}  | ${1}
    ${413} | ${'SIZE_INVALID'}          | ${'manifest-invalid'}      | ${false}  | ${1}
    ${414} | ${'URI_TOO_LONG'}          | ${'unexpected-answer'}     | ${false}  | ${1}
    ${418} | ${'TEAPOT'}                | ${'unexpected-answer'}     | ${false}  | ${1}
    ${431} | ${'HEADERS_TOO_LARGE'}     | ${'unexpected-answer'}     | ${false}  | ${1}
    ${499} | ${'CLOSED'}                | ${'timeout'}               | ${true}   | ${5}
    ${500} | ${'UNKNOWN'}               | ${'server-error'}          | ${true}   | ${5}
    ${501} | ${'UNSUPPORTED'}           | ${'unsupported'}           | ${false}  | ${1}
    ${502} | ${'UNKNOWN'}               | ${'server-error'}          | ${true}   | ${5}
    ${503} | ${'UNAVAILABLE'}           | ${'server-error'}          | ${true}   | ${5}
    ${504} | ${'UNKNOWN'}               | ${'server-error'}          | ${true}   | ${5}
    ${507} | ${'FULL'}                  | ${'server-error'}          | ${true}   | ${1}
    ${522} | ${'UNKNOWN'}               | ${'server-error'}          | ${true}   | ${5}
  `(
    '$status $registryCode is $code after $sent tries',
    async ({ status, registryCode, code, retryable, sent }: Row) => {
      const { fake, client } = await pair();
      fake.failNext(requestTo('PUT'), errorAnswer(status, registryCode), 10);

      const error = await registryErrorOf(client.putManifest(UI, tag('1.0'), ociImage('x')));

      expect(error).toMatchObject({ code, retryable, status });
      expect(fake.writes).toHaveLength(sent);
    },
  );

  it.each(['<html>502 Bad Gateway</html>', '', '{"errors":"none"}', '{"errors":[{"code":7}]}'])(
    'may have any body: %s',
    async (body) => {
      const { fake, client } = await pair();
      fake.failNext(requestTo('PUT'), { status: 403, body });

      const error = await registryErrorOf(client.putManifest(UI, tag('1.0'), ociImage('x')));

      expect(error).toMatchObject({ code: 'denied', registryCodes: [] });
    },
  );

  it('may have an endless body, of which no more than the cap is read', async () => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('PUT'), { status: 403, body: 'x'.repeat(1_000_000) });

    expect(await registryErrorOf(client.putManifest(UI, tag('1.0'), ociImage('x')))).toMatchObject({
      code: 'denied',
    });
  });

  it('says what was asked without the query', async () => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('PUT'), errorAnswer(403, 'DENIED'));

    const error = await registryErrorOf(client.putManifest(UI, tag('1.0'), ociImage('x')));

    expect(error.message).toBe(
      `Registry local answered 403 DENIED to PUT ${fake.url}/v2/gallery/ui/manifests/1.0: the account of registries.local.auth may not do this.`,
    );
  });
});

describe('a registry that limits', () => {
  const headers: readonly (readonly [string, string, number])[] = [
    ['retry-after', '60', 60_000],
    ['retry-after', new Date(NOW + 90_000).toUTCString(), 90_000],
    ['x-retry-after', String((NOW + 120_000) / 1_000), 120_000],
    ['retry-after', '99999999999', 86_400_000],
  ];

  it.each(headers)('says rate-limited at once with %s: %s', async (name, value, retryAfterMs) => {
    const clock = new SimulatedClock(NOW);
    const { fake, client } = await pair({ clock });
    fake.failNext(requestTo('HEAD'), { status: 429, headers: { [name]: value } });

    const error = await registryErrorOf(client.findManifest(UI, tag('1.0')));

    expect(error).toMatchObject({ code: 'rate-limited', retryable: true, retryAfterMs });
    expect(fake.requests).toHaveLength(1);
  });

  it('is left alone by all requests until then', async () => {
    const clock = new SimulatedClock(NOW);
    const { fake, client } = await pair({ clock });
    fake.pushImage('gallery/ui', '1.0');
    fake.failNext(requestTo('HEAD'), { status: 429, headers: { 'retry-after': '60' } });
    await registryErrorOf(client.findManifest(UI, tag('1.0')));

    clock.advance(45_000);
    const early = await registryErrorOf(client.listTags(repo('local/another/one')));
    clock.advance(15_000);

    expect(early).toMatchObject({ code: 'rate-limited', retryAfterMs: 15_000 });
    expect(await client.listTags(UI)).toEqual(['1.0']);
    expect(fake.requests).toHaveLength(2);
  });

  it.each([{ 'retry-after': '0' }, {}, { 'retry-after': 'soon' }])(
    'is asked again after a short wait: %j',
    async (answerHeaders) => {
      const { fake, client } = await pair();
      const image = fake.pushImage('gallery/ui', '1.0');
      fake.failNext(requestTo('GET'), { status: 429, headers: answerHeaders }, 2);

      expect(await client.getManifest(UI, tag('1.0'))).toEqual(image);
      expect(fake.requests).toHaveLength(3);
    },
  );

  it('says rate-limited when it goes on limiting', async () => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('GET'), { status: 429 }, 10);

    expect(await registryErrorOf(client.getManifest(UI, tag('1.0')))).toMatchObject({
      code: 'rate-limited',
      retryable: true,
      retryAfterMs: undefined,
    });
    expect(fake.requests).toHaveLength(3);
  });

  it('is heard with a 503, too', async () => {
    const clock = new SimulatedClock(NOW);
    const { fake, client } = await pair({ clock });
    fake.failNext(requestTo('GET'), { status: 503, headers: { 'retry-after': '60' } });

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({
      code: 'server-error',
      retryAfterMs: 60_000,
    });
    expect(fake.requests).toHaveLength(1);
  });
});
