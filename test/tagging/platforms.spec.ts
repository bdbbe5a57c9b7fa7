import { pushIndex } from '../../scripts/push-image';
import { describeOnRealRegistries } from '../support/real-registries';
import { useStage } from './stage';
import { reasonsOf, type TestRepository } from './test-repository';

const AMD64 = 'linux/amd64';
const ARM64 = 'linux/arm64';

describeOnRealRegistries('a repository whose releases need platforms', (start) => {
  const stage = useStage(start, { rules: ['requirePlatforms: [linux/amd64, linux/arm64]'] });

  async function push(
    repository: TestRepository,
    tag: string,
    platforms: readonly string[],
  ): Promise<void> {
    await pushIndex({ ...repository.target, tag, content: tag, platforms });
  }

  it('moves to a release that has them all', async () => {
    const repository = stage.repository();
    await push(repository, '1.0.0', [AMD64, ARM64]);

    await repository.announce('1.0.0');

    expect(await repository.digestOf('latest')).toBe(await repository.digestOf('1.0.0'));
  });

  it('stays off a release that lacks one, and says which', async () => {
    const repository = stage.repository();
    await push(repository, '1.0.0', [AMD64, ARM64]);
    await repository.announce('1.0.0');
    await push(repository, '1.0.1', [AMD64]);

    const delivery = await repository.announce('1.0.1');

    expect(await repository.digestOf('latest')).toBe(await repository.digestOf('1.0.0'));
    expect(Object.values(reasonsOf(delivery))).toEqual(['incomplete', 'incomplete', 'incomplete']);
    const [decision] = delivery.outcome?.decisions ?? [];
    expect(decision?.reason.text).toBe('kept: 1.0.1 lacks linux/arm64');
  });
});
