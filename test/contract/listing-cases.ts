import assert from 'node:assert/strict';
import { type CaseOutcome, type ContractCase, type ContractContext, OK, ok } from './contract-case';
import { tagsOf } from './helpers';
import { rawPaging } from './truth';

export const LISTING_CASES: readonly ContractCase[] = [
  {
    capability: 'list-0',
    title: 'lists no tags of a repository that has none',
    run: (context) => listsAll(context, 0),
  },
  {
    capability: 'list-1',
    title: 'lists one tag',
    essential: true,
    run: (context) => listsAll(context, 1),
  },
  {
    capability: 'list-250',
    title: 'lists 250 tags, each once',
    run: (context) => listsAll(context, Math.min(250, context.target.manyTags)),
  },
  {
    capability: 'list-many',
    title: 'lists more tags than a page holds, each once, and knows how they come',
    run: listsMany,
  },
];

async function listsAll(
  { client, repository }: ContractContext,
  count: number,
): Promise<CaseOutcome> {
  const manifest = await repository.push('image', 'listed');
  const tags = tagsOf(count);
  await repository.putMany(tags, manifest);
  // As an array, so that a tag that came twice is seen.
  assert.deepEqual([...(await client.listTags(repository.name))].sort(), [...tags].sort());
  return OK;
}

async function listsMany(context: ContractContext): Promise<CaseOutcome> {
  const { client, repository, target } = context;
  await listsAll(context, target.manyTags);
  const inTruth = await rawPaging(repository, target.manyTags);
  const { paging } = await client.capabilities(repository.name);
  assert.ok([inTruth, 'unproven'].includes(paging), `${paging} was found, it is ${inTruth}`);
  return ok(`${target.manyTags} tags, ${WORDS[inTruth]}`);
}

const WORDS = {
  whole: 'in one piece',
  link: 'in pages with Link',
  last: 'in pages without Link',
} as const;
