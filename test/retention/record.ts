import { DigestTagsAnswer, TagAtAnswer } from '../../src/history/history.schema';
import type { TestRepository } from '../tagging/test-repository';

/** What a tag pointed at then (UTC milliseconds), as the record has it; null when it was not there. */
export async function digestAt(
  repository: TestRepository,
  tag: string,
  time: number,
): Promise<string | null> {
  return (await readAt(repository, tag, time))?.digest ?? null;
}

export async function readAt(
  { client, slug }: TestRepository,
  tag: string,
  time: number,
): Promise<TagAtAnswer | undefined> {
  const at = new Date(time).toISOString();
  const answer = await client.get(`repositories/${slug}/tags/${tag}/at?time=${at}`);
  return answer.status === 404 ? undefined : TagAtAnswer.parse(answer.json);
}

/** The lifetimes that tags had on a digest: `1.4.0 ended`, `latest open`, sorted. */
export async function livesOn(
  { client, slug }: TestRepository,
  digest: string,
): Promise<readonly string[]> {
  const answer = await client.get(`repositories/${slug}/digests/${digest}/tags`);
  const { items } = DigestTagsAnswer.parse(answer.json);
  return items.map(({ tag, until }) => `${tag} ${until === null ? 'open' : 'ended'}`).sort();
}

/** The tags that were pruned, sorted; each must occur once. */
export async function prunedOf(repository: TestRepository): Promise<readonly string[]> {
  return (await repository.moves('&kind=pruned')).map(({ tag }) => tag).sort();
}
