import { pushIndex, type PushedIndex } from '../../scripts/push-image';
import { uploadManifest } from '../../scripts/registry-upload';
import { FakeRegistry } from '../support/fake-registry';
import { PRESETS } from '../support/fake-registry-presets';
import { realRegistries, type StartRegistry } from '../support/real-registries';
import { DAY, useStage } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';
import { planFor, restore, run, statesOf, verdictsOf, withRetention } from './pruning';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const catchAll = (...tags: readonly string[]): ReturnType<typeof withRetention> =>
  withRetention([
    `protect: { tags: ${JSON.stringify(tags)} }`,
    'delete: { restoreWindow: 14d }',
    'rules: [ { class: build, match: ["*"], keep: { any: [ { newest: 0 } ] } } ]',
  ]);

/** As zot behaves: deletes tags, protects the children of indexes, has the referrers API. */
const startZot: StartRegistry = async () => {
  const zot = await FakeRegistry.start(PRESETS.zot);
  return { url: zot.url, version: 'zot in memory', stop: () => zot.stop() };
};

const registries = realRegistries().flatMap(
  (registry): readonly { name: string; start: StartRegistry }[] =>
    registry.available ? [registry] : [],
);

describe.each([...registries, { name: 'the rules of zot', start: startZot }])(
  'what serves, on $name',
  ({ start }) => {
    let stop = (): Promise<void> => Promise.resolve();
    const stage = useStage(async (options) => {
      const registry = await start(options);
      stop = () => registry.stop();
      return registry;
    }, catchAll());
    afterAll(() => stop());

    const settled = async (repository: TestRepository): Promise<TestRepository> => {
      await repository.reconcile();
      stage.clock.advance(DAY);
      return repository;
    };

    /** Puts an index of other manifests under a tag. */
    const nest = async (
      repository: TestRepository,
      tag: string,
      children: readonly PushedIndex[],
    ): Promise<void> => {
      const manifests = children.map(({ mediaType, digest, size }) => ({
        mediaType,
        digest,
        size,
      }));
      const content = { schemaVersion: 2, mediaType: INDEX, manifests };
      await uploadManifest(repository.target, tag, Buffer.from(JSON.stringify(content)), INDEX);
    };

    it('keeps an index in an index and its images, also those with a tag that may go (row 8)', async () => {
      await stage.restart(catchAll('bundle'));
      const repository = stage.repository();
      const inner = await pushIndex({ ...repository.target, content: 'inner' });
      await nest(repository, 'bundle', [inner]);
      const [child] = inner.children;
      await repository.retag('inner-amd64', child?.digest ?? '');
      await repository.push('free');
      await settled(repository);

      const plan = await planFor(repository);
      await run(repository, plan);

      expect(verdictsOf(plan)).toMatchObject({ 'inner-amd64': 'keep referenced' });
      expect(plan.unreachable).toEqual([expect.stringMatching(/^sha256:/)]);
      expect(await repository.tagNames()).not.toContain('free');
      for (const { digest } of [inner, ...inner.children]) {
        expect(await repository.statusOf(digest)).toBe(200);
      }
    });

    it('keeps a digest that one of its tags still needs (row 12)', async () => {
      await stage.restart(catchAll('latest', 'immute'));
      const repository = stage.repository();
      const shared = await repository.push('immute');
      await repository.retag('samedig', 'immute');
      await repository.push('latest');
      await repository.push('dev');
      await settled(repository);

      await run(repository, await planFor(repository));

      const { immute, latest, dev, samedig } = await repository.tags();
      expect({ immute, dev, samedig }).toEqual({
        immute: shared,
        dev: undefined,
        samedig: undefined,
      });
      expect(latest).toMatch(/^sha256:/);
      expect(await repository.statusOf(shared)).toBe(200);
    });

    it('counts digests, so that tags of one share a place (row 23)', async () => {
      const keep = 'rules: [ { class: build, match: ["v*"], keep: { any: [ { newest: 2 } ] } } ]';
      await stage.restart(withRetention([keep]));
      const repository = stage.repository();
      for (const tag of ['v1.0', 'v1.1', 'v1.2']) {
        await repository.push(tag);
        if (tag === 'v1.1') await repository.retag('latest', tag);
        await settled(repository);
      }

      await run(repository, await planFor(repository));

      expect(await repository.tagNames()).toEqual(['latest', 'v1.1', 'v1.2']);
    });

    it('comes back whole: indexes, signatures and all', async () => {
      await stage.restart(catchAll('keep'));
      const repository = stage.repository();
      await repository.push('keep');
      for (let number = 0; number < 4; number += 1) {
        await pushIndex({ ...repository.target, tag: `index-${number}`, content: `${number}` });
        await repository.push(`image-${number}`);
        await repository.retag(`copy-${number}`, `image-${number}`);
      }
      const signed = await repository.digestOf('image-0');
      await repository.push(`${signed.replace(':', '-')}.sig`, 'a signature');
      await settled(repository);
      const tags = await repository.tags();
      const bytes = await bytesOf(repository, tags);

      const ended = await run(repository, await planFor(repository));
      const left = await repository.tagNames();
      const pruned = Object.keys(statesOf(ended));
      const answers = await Promise.all(pruned.map((tag) => restore(repository, tag)));

      expect(pruned).toHaveLength(12);
      expect(left.filter((tag) => pruned.includes(tag))).toEqual([]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const after = Object.entries(await repository.tags());
      const back = Object.fromEntries(after.filter(([tag]) => !tag.startsWith('tagward-')));
      expect(back).toEqual(tags);
      expect(await bytesOf(repository, back)).toEqual(bytes);
    });
  },
);

async function bytesOf(
  repository: TestRepository,
  tags: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const manifests = Object.values(tags).map((digest) => repository.manifest(digest));
  return (await Promise.all(manifests)).map(({ bytes }) => bytes.toString('base64')).sort();
}
