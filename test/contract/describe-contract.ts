/* eslint-disable jest/no-export -- no test file: it defines suites for those that import it */
import { Logger } from '@nestjs/common';
import { CONTRACT_CASES } from './cases';
import { runCase } from './contract-case';
import type { StartableTarget, StartedTarget } from './startable';

/** One suite for each registry, one test for each case; a registry that is not there is told. */
export function describeContract(targets: readonly StartableTarget[]): void {
  // What the client finds out is the result here, not its log.
  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  describe.each(targets)('the contract on $registry', (startable) => {
    if (!startable.available) {
      process.stderr.write(`skipped on ${startable.registry}: ${startable.reason}\n`);
      it.todo(`runs where ${startable.registry} is (${startable.reason})`);
      return;
    }
    let started: StartedTarget | undefined;
    beforeAll(async () => {
      started = await startable.start();
    });
    afterAll(() => started?.stop());

    const cases = CONTRACT_CASES.filter((one) => !startable.essentialOnly || one.essential);
    it.each(cases)('$title', async (one) => {
      if (started === undefined) throw new Error(`${startable.registry} did not start`);
      const outcome = await runCase(one, started.target);
      expect(['ok', 'unsupported', 'skipped']).toContain(outcome.result);
    });
  });
}
