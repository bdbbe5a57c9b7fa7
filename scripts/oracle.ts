import { parseArgs } from 'node:util';
import { policyFor, readHistories } from '../test/oracle/files';
import { replay } from '../test/oracle/replay';
import { toJsonLine, totalOf } from '../test/oracle/report';

const USAGE = 'usage: npm run oracle -- --histories DIR [--rules DIR]';

/** Replays release histories and prints a line of JSON for each, and a total. */
function main(): number {
  const { values } = parseArgs({
    options: { histories: { type: 'string' }, rules: { type: 'string' } },
  });
  if (values.histories === undefined) {
    console.error(USAGE);
    return 2;
  }
  const results = readHistories(values.histories).map((history) => {
    const result = replay(history, policyFor(history, values.rules));
    console.log(toJsonLine(result));
    return result;
  });
  console.log(toJsonLine(totalOf(results)));
  return 0;
}

process.exitCode = main();
