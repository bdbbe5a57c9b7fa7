import { pushImage } from '../../scripts/push-image';
import type { Digest } from '../../src/core/names';
import { hasBlob, uploadBlob } from '../../src/registry/blobs';
import { EMPTY_BLOB, emptyImage, emptyIndex } from '../../src/registry/empty-manifests';
import { RegistryError } from '../../src/registry/registry-error';
import { RegistryTransport } from '../../src/registry/registry-transport';
import { DEFAULT_TUNING } from '../../src/registry/registry-tuning';
import {
  type CapabilityFinding,
  CapabilityMemory,
  NoCapabilityMemory,
} from '../../src/runtime/capability-memory';
import { SimulatedClock, SystemClock } from '../../src/runtime/clock';
import { type FakeRegistry, type LoggedRequest, requestTo } from '../support/fake-registry';
import { errorAnswer, type RequestMatch } from '../support/fake-registry-behaviour';
import { registryErrorOf, repo, settingsFor, tag, useFakes } from '../support/fake-registry-client';
import { digestOf } from '../support/fake-registry-manifests';
import { PRESETS } from '../support/fake-registry-presets';
import { MisbehavingProxy } from '../support/misbehaving-proxy';
import { describeOnRealRegistries } from '../support/real-registries';

const PATH = 'gallery/ui';
const UI = repo(`local/${PATH}`);
const HOUR = 3_600_000;
const RESTORE = 'tagward-restore-sha256-';
const { pair, start, connect } = useFakes();

class TestMemory extends CapabilityMemory {
  readonly findings: CapabilityFinding[] = [];

  override recall(): Promise<readonly CapabilityFinding[]> {
    return Promise.resolve(this.findings);
  }

  override remember(_registry: unknown, finding: CapabilityFinding): Promise<void> {
    this.findings.push(finding);
    return Promise.resolve();
  }
}

/** Two tags of one image, and one of another. */
function pushImages(fake: FakeRegistry): ReadonlyMap<string, Digest> {
  fake.pushImage(PATH, '1.0.0', { seed: 'same' });
  fake.pushImage(PATH, 'latest', { seed: 'same' });
  fake.pushImage(PATH, '2.0.0');
  return fake.tags(PATH);
}

function tagsOf(writes: readonly LoggedRequest[], method: string): readonly string[] {
  return writes
    .filter((write) => write.method === method)
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
}

/** Requests about a tag of the restore form. */
function ofRestoreForm(method: string): RequestMatch {
  return (request) => request.method === method && request.path.includes(`/${RESTORE}`);
}

async function uploadEmptyBlob(url: string): Promise<void> {
  const clock = new SystemClock();
  const memory = new NoCapabilityMemory();
  const transport = new RegistryTransport(settingsFor(url), DEFAULT_TUNING, clock, memory);
  await uploadBlob(transport, PATH, EMPTY_BLOB);
  await uploadBlob(transport, PATH, EMPTY_BLOB);
  expect(await hasBlob(transport, PATH, digestOf(EMPTY_BLOB))).toBe(true);
  await transport.close();
}

/** What a failed call says: whether it may be made again. */
function retryable(error: unknown): boolean | undefined {
  return error instanceof RegistryError ? error.retryable : undefined;
}

/** Manifests of Tagward's own, by what was written to the log. */
function scratchesIn(fake: FakeRegistry): readonly string[] {
  return tagsOf(fake.writes, 'PUT')
    .filter((name) => name.startsWith(RESTORE))
    .map((name) => `sha256:${name.slice(RESTORE.length)}`);
}

describe('the proof that the delete of a tag leaves others', () => {
  it('deletes a tag of each form that Tagward writes, and leaves nothing', async () => {
    const { fake, client } = await pair();
    const before = pushImages(fake);

    expect(await client.proveTagDelete(UI)).toBe('works');

    const written = tagsOf(fake.writes, 'PUT');
    expect(written).toEqual([
      expect.stringMatching(/^tagward-probe-[0-9a-f]{32}$/),
      expect.stringMatching(/^tagward-restore-sha256-[0-9a-f]{64}$/),
    ]);
    expect(tagsOf(fake.writes, 'DELETE')).toEqual(expect.arrayContaining([...written]));
    expect(fake.tags(PATH)).toEqual(before);
    const [scratch = ''] = scratchesIn(fake);
    expect(fake.manifest(PATH, scratch)).toBeUndefined();
    expect(await client.capabilities(UI)).toMatchObject({ tagDeleteLeavesOthers: 'works' });
  });

  it('is asked for once a day and registry', async () => {
    const clock = new SimulatedClock(1_000_000_000_000);
    const { fake, client } = await pair({ clock });
    pushImages(fake);
    fake.pushImage('gallery/api', '1.0.0');
    await client.proveTagDelete(UI);
    fake.forgetRequests();

    await client.proveTagDelete(UI);
    await client.proveTagDelete(repo('local/gallery/api'));
    const soon = fake.writes.length;
    clock.advance(24 * HOUR);
    await client.proveTagDelete(UI);

    expect(soon).toBe(0);
    expect(tagsOf(fake.writes, 'PUT')).toHaveLength(2);
  });

  it.each([
    ['digest-invalid', 'unsupported'],
    ['unsupported', 'own-api'],
    ['disabled', 'disabled'],
    ['denied', 'denied'],
  ] as const)('writes nothing where tag deletes are "%s"', async (tagDelete, answer) => {
    const { fake, client } = await pair({ tagDelete });
    pushImages(fake);

    expect(await client.proveTagDelete(UI)).toBe(answer);
    expect(tagsOf(fake.writes, 'PUT')).toEqual([]);
  });

  it.each([['old zot', { tagDeleteTakes: 'manifest' }] as const])(
    'finds out %s, which takes the other tags along',
    async (_product, switches) => {
      const memory = new TestMemory();
      const { fake, client } = await pair({ ...switches, memory });
      const before = pushImages(fake);

      expect(await client.proveTagDelete(UI)).toBe('unproven');

      expect(fake.tags(PATH)).toEqual(before);
      expect(await client.probeDeletion(UI)).toMatchObject({ tagDelete: 'unproven' });
      expect(await client.probeDeletion(UI, { fresh: true })).toMatchObject({
        ...{ tagDelete: 'unproven', digestDelete: 'works' },
      });
      const restarted = connect(fake.url, { memory });
      fake.forgetRequests();
      expect(await restarted.probeDeletion(UI)).toMatchObject({ tagDelete: 'unproven' });
      expect(await restarted.proveTagDelete(UI)).toBe('unproven');
      expect(fake.writes).toEqual([]);
    },
  );

  it('keeps single tags from being deleted where others go along', async () => {
    const { fake, client } = await pair({ tagDeleteTakes: 'manifest' });
    const before = pushImages(fake);
    await client.proveTagDelete(UI);

    const error = await registryErrorOf(client.deleteTag(UI, tag('latest')));

    expect(error).toMatchObject({ code: 'unsupported', retryable: false });
    expect(fake.tags(PATH)).toEqual(before);
  });

  it('counts the manifest alone, too: its digest has to answer as its tags do', async () => {
    const { fake, client } = await pair();
    const before = pushImages(fake);
    fake.beforeNext(ofRestoreForm('DELETE'), () => {
      fake.failNext(requestTo('HEAD', scratchesIn(fake)[0]), { status: 404 });
    });

    expect(await client.proveTagDelete(UI)).toBe('unproven');
    expect(await client.capabilities(UI)).toMatchObject({ tagDeleteLeavesOthers: 'takes-others' });
    expect(fake.tags(PATH)).toEqual(before);
  });

  it('takes an image where an index of nothing is refused', async () => {
    const { fake, client } = await pair({ refusesEmptyIndex: true });
    const before = pushImages(fake);

    expect(await client.proveTagDelete(UI)).toBe('works');
    expect(fake.tags(PATH)).toEqual(before);
    const uploads = fake.writes.filter(({ path }) => path.includes('/blobs/uploads/'));
    expect(uploads.map(({ method, status }) => [method, status])).toEqual([
      ['POST', 202],
      ['PUT', 201],
    ]);
    expect(uploads[1]?.query).toBe(`digest=${encodeURIComponent(digestOf(EMPTY_BLOB))}`);
  });

  it.each([
    ['the account may not push', requestTo('PUT'), errorAnswer(403, 'DENIED')],
    ['the registry takes no writes', requestTo('PUT'), errorAnswer(405, 'UNSUPPORTED')],
    ['what was written does not show', requestTo('PUT'), { status: 201 }],
    ['the restore form is refused', ofRestoreForm('PUT'), errorAnswer(400, 'TAG_INVALID')],
    ['the restore form is protected', ofRestoreForm('DELETE'), errorAnswer(409, 'TAG_PROTECTED')],
    ['the registry only says so', ofRestoreForm('DELETE'), { status: 202 }],
  ])('proves nothing and leaves nothing where %s', async (_what, match, answer) => {
    const { fake, client } = await pair();
    const before = pushImages(fake);
    fake.failNext(match, answer, 5);

    expect(await client.proveTagDelete(UI)).toBe('unproven');
    expect(fake.tags(PATH)).toEqual(before);
    expect(await client.capabilities(UI)).toMatchObject({ tagDeleteLeavesOthers: 'unproven' });
  });

  it.each(['PUT', 'DELETE'])('survives a lost answer to a %s', async (method) => {
    const { fake, client } = await pair();
    const before = pushImages(fake);
    fake.failNext(ofRestoreForm(method), 'reset-after-effect');

    expect(await client.proveTagDelete(UI)).toBe('works');
    expect(fake.tags(PATH)).toEqual(before);
  });

  it('is wanted anew once the registry refuses to delete a tag', async () => {
    const { fake, client } = await pair();
    pushImages(fake);
    await client.proveTagDelete(UI);
    fake.failNext(requestTo('DELETE'), errorAnswer(405, 'UNSUPPORTED'));

    await registryErrorOf(client.deleteTag(UI, tag('2.0.0')));

    expect(await client.capabilities(UI)).toMatchObject({
      ...{ tagDelete: 'unproven', tagDeleteLeavesOthers: 'unproven' },
    });
  });

  it.each(Object.entries(PRESETS))(
    'leaves nothing at a registry like %s',
    async (_name, preset) => {
      const { fake, client } = await pair(preset);
      const before = pushImages(fake);

      await client.proveTagDelete(UI);

      expect(fake.tags(PATH)).toEqual(before);
    },
  );
});

describe('what a crash in the proof leaves', () => {
  // The whole proof takes no more requests than that.
  const moments = Array.from({ length: 15 }, (_one, place) => place);
  const faults = ['reset', 'reset-after-effect'] as const;

  it.each(moments.flatMap((moment) => faults.map((fault) => [moment, fault] as const)))(
    'after %d requests, with a %s, is found by its probe tag and deleted',
    async (moment, fault) => {
      const fake = await start();
      const before = pushImages(fake);
      const crashing = connect(fake.url, { tuning: { maxConnectTries: 1, maxTries: 1 } });
      await crashing.probeDeletion(UI);
      let answered = 0;
      fake.failNext(() => answered++ === moment, fault);
      fake.failNext(() => answered > moment, { status: 500 }, Number.POSITIVE_INFINITY);

      const proof = await crashing.proveTagDelete(UI).catch(retryable);
      fake.forgiveAll();
      const left = [...fake.tags(PATH).keys()].filter((name) => !before.has(name));
      const found = left.filter((name) => name.startsWith('tagward-probe-'));
      await connect(fake.url).dropScratch(UI, found.map(tag));

      expect(['works', true]).toContain(proof);
      expect(left.length === 0).toBe(found.length === 0);
      expect(fake.tags(PATH)).toEqual(before);
    },
  );

  it('is found by its probe tag, and the other goes with it', async () => {
    const { fake, client } = await pair();
    const scratch = emptyIndex('scratch');
    fake.pushManifest(PATH, 'tagward-probe-1', scratch);
    fake.pushManifest(PATH, `${RESTORE}${scratch.digest.slice('sha256:'.length)}`, scratch);

    await client.dropScratch(UI, [tag('tagward-probe-1')]);

    expect(fake.tags(PATH).size).toBe(0);
    expect(fake.manifest(PATH, scratch.digest)).toBeUndefined();
  });

  it('is found again when the registry is gone in the middle', async () => {
    const { fake, client } = await pair();
    const scratch = emptyIndex('scratch');
    const restoreTag = `${RESTORE}${scratch.digest.slice('sha256:'.length)}`;
    for (const name of ['tagward-probe-1', restoreTag]) fake.pushManifest(PATH, name, scratch);
    fake.failNext(() => fake.tags(PATH).size === 1, { status: 500 }, Number.POSITIVE_INFINITY);

    const names = ['tagward-probe-1', restoreTag].map(tag);
    const error = await registryErrorOf(client.dropScratch(UI, names));

    expect(error.retryable).toBe(true);
    expect([...fake.tags(PATH).keys()]).toEqual(['tagward-probe-1']);
  });

  it.each(['digest-invalid', 'protected-409'] as const)(
    'goes by its digest where deletes of tags are "%s"',
    async (tagDelete) => {
      const { fake, client } = await pair({ tagDelete });
      fake.pushManifest(PATH, 'tagward-probe-1', emptyIndex('scratch'));

      await client.dropScratch(UI, [tag('tagward-probe-1')]);

      expect(fake.tags(PATH).size).toBe(0);
    },
  );

  it('stays where the registry refuses to delete it, and is no error', async () => {
    const { fake, client } = await pair({ tagDelete: 'disabled', digestDelete: 'disabled' });
    fake.pushManifest(PATH, 'tagward-probe-1', emptyIndex('scratch'));

    await client.dropScratch(UI, [tag('tagward-probe-1')]);

    expect([...fake.tags(PATH).keys()]).toEqual(['tagward-probe-1']);
  });

  it('is all that is deleted', async () => {
    const { fake, client } = await pair();
    const { digest } = fake.pushImage(PATH, '1.0.0');
    const names = ['tagward-probe-1', `${RESTORE}${digest.slice('sha256:'.length)}`, 'mine'];
    for (const name of names.slice(0, 2)) fake.pushImage(PATH, name, { seed: '1.0.0' });
    fake.pushManifest(PATH, 'mine', emptyIndex('scratch'));
    fake.pushManifest(PATH, 'tagward-probe-2', emptyIndex('dummy'));
    const before = fake.tags(PATH);

    await client.dropScratch(UI, [...names, 'tagward-probe-2', 'tagward-probe-gone'].map(tag));

    expect(fake.tags(PATH)).toEqual(before);
    expect(fake.writes).toEqual([]);
  });
});

describeOnRealRegistries(
  'the proof that the delete of a tag leaves others',
  (startReal, { name }) => {
    const isOld = name === 'distribution-2.8';
    let url: string;
    let proxy: MisbehavingProxy;

    beforeAll(async () => {
      ({ url } = await startReal({ inMemory: true }));
    });

    beforeEach(async () => {
      proxy = await MisbehavingProxy.start(url);
      for (const one of ['1.0.0', 'latest']) {
        await pushImage({ url, repository: PATH, tag: one, content: 'same' });
      }
    });

    afterEach(() => proxy.stop());

    it('is made only where it can be, and leaves nothing', async () => {
      const client = connect(proxy.url);

      const proof = await client.proveTagDelete(UI);

      const puts = proxy.requests.filter(({ method }) => method === 'PUT');
      expect([proof, puts.length]).toEqual(isOld ? ['unsupported', 0] : ['works', 2]);
      expect([...(await client.listTags(UI))].sort()).toEqual(['1.0.0', 'latest']);
    });

    it.each([emptyIndex, emptyImage])('deletes what a crash has left: %p', async (make) => {
      const client = connect(url);
      const { digest } = await pushImage({ url, repository: PATH, tag: '1.0.0', content: 'image' });
      await uploadEmptyBlob(url);
      const scratch = make('scratch');
      const names = ['tagward-probe-1', `${RESTORE}${scratch.digest.slice('sha256:'.length)}`];
      const { failed } = await client.putTags(UI, names.map(tag), scratch);

      await client.dropScratch(UI, names.map(tag));

      expect(failed.size).toBe(0);
      expect([...(await client.listTags(UI))].sort()).toEqual(['1.0.0', 'latest']);
      expect((await client.findManifest(UI, tag('1.0.0')))?.digest).toBe(digest);
    });
  },
);
