import { z } from 'zod';
import { evaluateRetention } from '../src/core/retention';
import { isDeleted } from '../src/core/retention-decision';
import { answerParent } from './child';
import { usedHeap } from './garbage';
import { sortWithSemver } from './planner';
import { generateRetentionInput } from './retention-inventory';
import { medianOf } from './statistics';

/** Evaluates a policy on one size of repository, in a process of its own that has seen no other. */
const Question = z.object({ count: z.number(), rounds: z.number() });

answerParent(Question, ({ count, rounds }) => {
  const input = generateRetentionInput(count);
  const tags = input.inventory.tags.map(({ tag }) => tag);
  const timed = { plan: [] as number[], semver: [] as number[] };
  for (let round = -1; round < rounds; round += 1) {
    const plan = timeOf(() => evaluateRetention(input));
    const semver = timeOf(() => sortWithSemver(tags));
    // The first is thrown away: nothing is compiled yet.
    if (round < 0) continue;
    timed.plan.push(plan);
    timed.semver.push(semver);
  }
  const { decisions } = evaluateRetention(input);
  return Promise.resolve({
    ...{ tags: tags.length, deletions: decisions.filter(isDeleted).length },
    ...{ plan: medianOf(timed.plan), semver: medianOf(timed.semver) },
  });
});

/** Milliseconds; begins with a clean heap, so that nobody pays for the garbage of the one before. */
function timeOf(work: () => unknown): number {
  usedHeap();
  const start = performance.now();
  work();
  return performance.now() - start;
}
