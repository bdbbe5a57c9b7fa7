import { requestTo } from '../support/fake-registry';
import { registryErrorOf, repo, settingsFor, tag, useFakes } from '../support/fake-registry-client';
import { ociImage } from '../support/fake-registry-manifests';
import { HttpImageRegistry } from '../../src/registry/http-image-registry';
import { SystemClock } from '../../src/runtime/clock';

const UI = repo('local/gallery/ui');
const PATH = 'gallery/ui';
const { pair, start, connect } = useFakes();

describe('a read that fails for a moment', () => {
  it.each(['reset', { status: 500 }, { status: 503 }] as const)(
    'is repeated after %j',
    async (fault) => {
      const { fake, client } = await pair();
      const image = fake.pushImage(PATH, '1.0');
      fake.failNext(requestTo('GET'), fault, 4);

      expect(await client.getManifest(UI, tag('1.0'))).toEqual(image);
      expect(fake.requests).toHaveLength(5);
    },
  );

  it('is repeated after a silence', async () => {
    const { fake, client } = await pair({ tuning: { headersTimeoutMs: 50 } });
    const image = fake.pushImage(PATH, '1.0');
    fake.failNext(requestTo('GET'), 'hang');

    expect(await client.getManifest(UI, tag('1.0'))).toEqual(image);
  });

  it('is a timeout when the silence lasts', async () => {
    const { fake, client } = await pair({ tuning: { headersTimeoutMs: 20, maxTries: 2 } });
    await fake.goDown({ kind: 'silent' });

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({
      code: 'timeout',
      retryable: true,
    });
    expect(fake.requests).toHaveLength(2);
  });

  it('is not repeated beyond the time for all tries', async () => {
    const { fake, client } = await pair({ tuning: { retryTotalMs: -1 } });
    await fake.goDown({ kind: 'error' });

    await registryErrorOf(client.listTags(UI));

    expect(fake.requests).toHaveLength(1);
  });
});

describe('a write of which nobody knows whether it happened', () => {
  it('is not repeated when it did', async () => {
    const { fake, client } = await pair();
    const image = ociImage('x');
    fake.failNext(requestTo('PUT'), 'reset-after-effect');

    await client.putManifest(UI, tag('1.0'), image);

    expect(fake.tags(PATH).get('1.0')).toBe(image.digest);
    expect(fake.requests.map(({ method }) => method)).toEqual(['PUT', 'HEAD']);
  });

  it.each(['reset', { status: 500 }, { status: 504 }] as const)(
    'is looked at and repeated when it did not: %j',
    async (fault) => {
      const { fake, client } = await pair();
      const image = ociImage('x');
      fake.failNext(requestTo('PUT'), fault);

      await client.putManifest(UI, tag('1.0'), image);

      expect(fake.tags(PATH).get('1.0')).toBe(image.digest);
      expect(fake.requests.map(({ method }) => method)).toEqual(['PUT', 'HEAD', 'PUT']);
    },
  );

  it('is looked at after a silence, too', async () => {
    const { fake, client } = await pair({ tuning: { headersTimeoutMs: 50 } });
    const image = ociImage('x');
    fake.failNext(requestTo('PUT'), 'hang-after-effect');

    await client.putManifest(UI, tag('1.0'), image);

    expect(fake.writes).toHaveLength(1);
  });

  it('counts as done when its repetition is refused but the tag is right', async () => {
    const { fake, client } = await pair();
    const image = ociImage('x');
    fake.failNext(requestTo('PUT'), 'reset');
    fake.failNext(requestTo('PUT'), { status: 409 });
    fake.beforeNext(requestTo('HEAD'), () => {
      fake.beforeNext(requestTo('HEAD'), () => void fake.pushManifest(PATH, '1.0', image));
    });

    await client.putManifest(UI, tag('1.0'), image);

    expect(fake.writes).toHaveLength(2);
  });

  it('is looked at once, and not written, when the first look fails', async () => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('PUT'), 'reset-after-effect');
    fake.failNext(requestTo('HEAD'), { status: 500 });

    await client.putManifest(UI, tag('1.0'), ociImage('x'));

    expect(fake.requests.map(({ method }) => method)).toEqual(['PUT', 'HEAD', 'HEAD']);
  });
});

describe('a registry that is not there', () => {
  it('is unreachable after two tries, and the error names its address', async () => {
    const { fake, client } = await pair();
    await fake.goDown({ kind: 'refuse' });

    const error = await registryErrorOf(client.listTags(UI));

    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(error.message).toContain(fake.url);
    expect(error.message).toContain('registries.local.url');
  });

  it('is reached again when it comes back', async () => {
    const { fake, client } = await pair();
    fake.pushImage(PATH, '1.0');
    await fake.goDown({ kind: 'refuse' });
    await registryErrorOf(client.listTags(UI));

    await fake.comeBack();

    expect(await client.listTags(UI)).toEqual(['1.0']);
  });
});

describe('requests at a time', () => {
  it('are no more than the setting', async () => {
    const { fake, client } = await pair({ settings: { concurrency: 3 } });
    let running = 0;
    let most = 0;
    fake.beforeNext(
      requestTo('HEAD'),
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
      30,
    );

    await Promise.all(
      Array.from({ length: 30 }, (_, number) => client.findManifest(UI, tag(`t${number}`))),
    );

    expect(fake.requests).toHaveLength(30);
    expect(most).toBeLessThanOrEqual(3);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 307, 308])('%d within the registry is followed by a read', async (status) => {
    const { fake, client } = await pair();
    const image = fake.pushImage(PATH, '1.0');
    const location = `/v2/${PATH}/manifests/1.0?again`;
    fake.failNext(requestTo('GET'), { status, headers: { location } });

    expect(await client.getManifest(UI, tag('1.0'))).toEqual(image);
  });

  it.each([307, 308])('%d is followed by a write with its body', async (status) => {
    const { fake, client } = await pair();
    const image = ociImage('x');
    const location = `${fake.url}/v2/${PATH}/manifests/1.0?again`;
    fake.failNext(requestTo('PUT'), { status, headers: { location } });

    await client.putManifest(UI, tag('1.0'), image);

    expect(fake.manifest(PATH, '1.0')).toEqual(image);
  });

  it.each([301, 302, 303])('%d is not followed by a write', async (status) => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('PUT'), { status, headers: { location: `/v2/${PATH}/manifests/1.0` } });

    expect(await registryErrorOf(client.putManifest(UI, tag('1.0'), ociImage('x')))).toMatchObject({
      code: 'redirect-refused',
      retryable: false,
    });
    expect(fake.requests).toHaveLength(1);
  });

  it.each([
    [5, true],
    [6, false],
  ])('is followed %d times: %s', async (times, isFollowed) => {
    const { fake, client } = await pair();
    fake.pushImage(PATH, '1.0');
    fake.failNext(requestTo('GET'), { status: 307, headers: { location: '?again' } }, times);

    const outcome = await client.listTags(UI).then(
      () => true,
      () => false,
    );

    expect(outcome).toBe(isFollowed);
  });

  it('to another host is refused, and that is not dialled', async () => {
    const other = await start();
    const { fake, client } = await pair();
    fake.failNext(requestTo('GET'), { status: 307, headers: { location: `${other.url}/v2/` } });

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({ code: 'redirect-refused' });
    expect(other.requests).toEqual([]);
  });

  it('to nowhere is refused', async () => {
    const { fake, client } = await pair();
    fake.failNext(requestTo('GET'), { status: 307 });

    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({ code: 'redirect-refused' });
  });
});

describe('close', () => {
  it('ends waits and refuses what comes after it', async () => {
    const fake = await start();
    fake.failNext(requestTo('GET'), { status: 500 }, 10);
    const settings = settingsFor(fake.url);
    const tuning = { retryBaseMs: 3_600_000, retryTotalMs: 1e9, random: () => 0.9 };
    const client = new HttpImageRegistry(new Map([['local', settings]]), new SystemClock(), tuning);
    const waiting = registryErrorOf(client.listTags(UI));
    while (fake.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));

    await client.close();
    await client.close();

    expect(await waiting).toMatchObject({ code: 'server-error' });
    expect(await registryErrorOf(client.listTags(UI))).toMatchObject({
      code: 'unreachable',
      retryable: true,
    });
  });

  it('does not wait for ever for an answer', async () => {
    const fake = await start();
    await fake.goDown({ kind: 'silent' });
    const client = connect(fake.url, { tuning: { closeTimeoutMs: 10 } });
    const waiting = registryErrorOf(client.listTags(UI));
    while (fake.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));

    await client.close();

    expect(await waiting).toMatchObject({ code: 'unreachable', retryable: true });
  });
});
