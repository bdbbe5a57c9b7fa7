import assert from 'node:assert/strict';
import { type Digest, parseTagName, type TagName } from '../../src/core/names';
import { ARTIFACT_TYPE, artifactOf, listOf } from './content';
import {
  type CaseOutcome,
  type ContractCase,
  type ContractContext,
  OK,
  ok,
  unsupported,
} from './contract-case';
import { rawReferrers } from './truth';

export const REFERRER_CASES: readonly ContractCase[] = [
  {
    capability: 'referrers',
    title: 'finds what refers to an image, by the API or by the fallback tag',
    essential: true,
    run: findsReferrers,
  },
  {
    capability: 'cosign-tag',
    title: 'finds a signature by the tag that is named after the image',
    run: findsSignature,
  },
];

async function findsReferrers({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const image = await repository.push('image', 'signed', '1.0.0');
  const lone = await repository.push('image', 'unsigned', '2.0.0');
  const { manifest: referrer, ...parts } = artifactOf('about it', image);
  await repository.pushContent({ manifest: referrer, ...parts });
  const answer = await repository.put(referrer.digest, referrer);
  // Whoever pushes keeps the fallback tag where the registry does not look at subjects.
  const isProcessed = answer.headers['oci-subject'] !== undefined;
  if (!isProcessed) await repository.put(tagOf(image.digest), listOf([referrer]));
  const inTruth = await rawReferrers(repository, image.digest);

  const listed = await client.listReferrers(repository.name, image.digest);

  const found = listed.find(({ digest }) => digest === referrer.digest);
  assert.ok(found !== undefined, 'the referrer was not found');
  assert.equal(found.artifactType, ARTIFACT_TYPE);
  assert.deepEqual(await client.listReferrers(repository.name, lone.digest), []);
  const { referrers } = await client.capabilities(repository.name);
  assert.equal(referrers, inTruth === undefined ? 'unsupported' : 'works');
  return inTruth === undefined ? unsupported('found by the fallback tag') : ok('referrers API');
}

async function findsSignature({ client, repository }: ContractContext): Promise<CaseOutcome> {
  const image = await repository.push('image', 'signed', '1.0.0');
  const tag = tagOf(image.digest, '.sig');
  const signature = await repository.pushContent(artifactOf('signature'), tag);

  const listed = await client.listReferrers(repository.name, image.digest);

  assert.deepEqual(
    listed.map((one) => ({ digest: one.digest, tag: one.tag })),
    [{ digest: signature.digest, tag }],
  );
  return OK;
}

function tagOf(digest: Digest, end = ''): TagName {
  return parseTagName(digest.replace(':', '-') + end);
}
