import { RetentionAnswer } from '../../src/retention/retention.schema';
import type { TestRepository } from '../tagging/test-repository';

/** Throws when a repository has a probe tag, or restore tags that no window needs (or lacks one). */
export async function expectNoLeftovers(repository: TestRepository, now: number): Promise<void> {
  const internal = (await repository.tagNames()).filter((tag) => tag.startsWith('tagward-'));
  const answer = await repository.client.get(`repositories/${repository.slug}/retention`);
  if (answer.status === 404) return;
  const { restorable } = RetentionAnswer.parse(answer.json);
  const open = restorable.filter(({ untilAt }) => Date.parse(untilAt) > now);
  const wanted = open.map(({ restoreTag }) => restoreTag).sort();
  if (internal.join() === wanted.join()) return;
  const found = internal.join(', ') || 'nothing';
  throw new Error(`${repository.path} has ${found}, and not ${wanted.join(', ') || 'nothing'}`);
}
