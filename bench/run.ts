import 'reflect-metadata';
import { benchAccept } from './accept';
import { benchMemory } from './memory';
import { benchPlanner } from './planner';
import { printLoad, printMachine } from './machine';
import type { BenchOptions } from './options';
import { benchRelease } from './release';
import { benchRetag } from './retag';
import { benchRetention } from './retention';

const PARTS: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  release: benchRelease,
  retag: benchRetag,
  retention: benchRetention,
  accept: benchAccept,
  planner: benchPlanner,
  memory: benchMemory,
};

/** `npm run bench -- [release|retag|retention|accept|planner|memory] [--quick]`; times never make it fail. */
async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => arg !== '--quick');
  const unknown = names.find((name) => !(name in PARTS));
  if (unknown !== undefined) {
    console.error(`there is no part ${unknown}: choose from ${Object.keys(PARTS).join(', ')}`);
    return 2;
  }
  printMachine();
  for (const [name, bench] of Object.entries(PARTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n## ${name}`);
    await bench({ quick: args.includes('--quick') });
    printLoad(`after ${name}`);
  }
  return 0;
}

main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
