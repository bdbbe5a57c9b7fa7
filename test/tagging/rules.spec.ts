import { readFileSync, writeFileSync } from 'node:fs';
import { describeOnRealRegistries } from '../support/real-registries';
import { type RunningService, startService } from '../support/service';
import { useStage } from './stage';
import { reasonsOf, TestRepository } from './test-repository';

interface RuleTable {
  readonly rules: readonly string[];
  readonly release: string;
  /** The moving tags that the release gets. */
  readonly tags: readonly string[];
  readonly reasons: Readonly<Record<string, string>>;
}

const OFF = 'level-off';
const ZERO = 'zero-major-off';
const MADE = 'released';

const TABLE: readonly RuleTable[] = [
  {
    ...{ rules: ['levels: [minor]'], release: '2.1.0', tags: ['2.1'] },
    reasons: { '2.1': MADE, '2': OFF, latest: OFF },
  },
  {
    ...{ rules: ['levels: [latest, minor]'], release: '2.1.0', tags: ['2.1', 'latest'] },
    reasons: { '2.1': MADE, '2': OFF, latest: MADE },
  },
  {
    ...{ rules: ['levels: [major]'], release: '2.1.0', tags: ['2'] },
    reasons: { '2.1': OFF, '2': MADE, latest: OFF },
  },
  {
    ...{ rules: ['versionPrefix: strip'], release: 'v2.1.0', tags: ['2', '2.1', 'latest'] },
    reasons: { '2.1': MADE, '2': MADE, latest: MADE },
  },
  {
    ...{ rules: ['versionPrefix: keep'], release: 'v2.1.0', tags: ['latest', 'v2', 'v2.1'] },
    reasons: { 'v2.1': MADE, v2: MADE, latest: MADE },
  },
  {
    ...{ rules: ['versionPrefix: both'], release: 'v2.1.0' },
    tags: ['2', '2.1', 'latest', 'v2', 'v2.1'],
    reasons: { '2.1': MADE, '2': MADE, 'v2.1': MADE, v2: MADE, latest: MADE },
  },
  {
    ...{ rules: ['versionPrefix: keep'], release: '2.1.0', tags: ['2', '2.1', 'latest'] },
    reasons: { '2.1': MADE, '2': MADE, latest: MADE },
  },
  {
    ...{ rules: [], release: '0.1.2', tags: ['0.1', 'latest'] },
    reasons: { '0.1': MADE, '0': ZERO, latest: MADE },
  },
  {
    ...{ rules: [], release: '0.0.3', tags: ['latest'] },
    reasons: { '0.0': ZERO, '0': ZERO, latest: MADE },
  },
  {
    ...{ rules: ['zeroMajor: true'], release: '0.0.3', tags: ['0', '0.0', 'latest'] },
    reasons: { '0.0': MADE, '0': MADE, latest: MADE },
  },
];

describeOnRealRegistries('the rules', (start) => {
  const stage = useStage(start);

  it.each(TABLE)('of $rules give $release the tags $tags', async ({ rules, ...wanted }) => {
    await stage.restart({ rules });
    const repository = stage.repository();

    const delivery = await repository.publish(wanted.release);

    expect(Object.keys(await repository.movingTags()).sort()).toEqual(wanted.tags);
    expect(reasonsOf(delivery)).toEqual(wanted.reasons);
  });

  describe('when they change', () => {
    let service: RunningService | undefined;

    afterEach(async () => {
      await service?.stop();
      service?.config.remove();
    });

    /** A repository that knew other rules until its Tagward was started again. */
    const changed = async (from: string, to: string): Promise<TestRepository> => {
      const { clock } = stage;
      const [registryUrl, { path, target }] = [stage.registry().url, stage.repository()];
      service = await startService({ registryUrl, clock, rules: [from] });
      const place = { registry: stage.registry(), clock, path: target.repository };
      await new TestRepository({ ...place, client: service.client }).publish('1.4.0', '2.0.0');
      await service.stop();
      const { config } = service;
      writeFileSync(config.path, readFileSync(config.path, 'utf8').replace(from, to));
      service = await startService({ registryUrl, clock, config });
      const repository = new TestRepository({ ...place, path, client: service.client });
      await repository.reconcile();
      return repository;
    };

    it('make the tags of a new level for all lines that are known', async () => {
      const repository = await changed('levels: [minor]', 'levels: [minor, major]');

      expect(await repository.tagNames()).toEqual(['1', '1.4', '1.4.0', '2', '2.0', '2.0.0']);
      const moves = await repository.moves('&kind=rules-changed');
      expect(moves.map(({ tag, to }) => [tag, to?.release]).sort()).toEqual([
        ['1', '1.4.0'],
        ['2', '2.0.0'],
      ]);
    });

    it('delete nothing of a level that is taken away, and move it no more', async () => {
      const repository = await changed('levels: [minor, latest]', 'levels: [minor]');
      const latest = await repository.digestOf('latest');

      await repository.publish('2.0.1');

      const tags = await repository.tags();
      expect(tags['latest']).toBe(latest);
      expect(tags['2.0']).toBe(tags['2.0.1']);
    });
  });
});
