import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { withTable } from '../test/contract/document';
import { presetTargets } from '../test/contract/fake-targets';
import { realTargets } from '../test/contract/real-targets';
import { type ContractResult, resultsAt, resultsOn } from '../test/contract/results';
import { readArguments, USAGE } from './contract-arguments';

const DOCUMENT = join(__dirname, '../docs/registries.md');
const STDERR = 2;

/** Runs the contract and prints a line of JSON for each capability: 1 when one failed. */
async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args);
  if (asked.kind === 'wrong') {
    console.error(`${asked.reason}\n\n${USAGE}`);
    return 2;
  }
  // What the client finds out is the result here, not its log.
  Logger.overrideLogger(false);
  const results: ContractResult[] = [];
  for await (const result of asked.kind === 'url' ? resultsAt(asked.target) : localResults()) {
    results.push(result);
    tell(result);
  }
  if (asked.kind === 'local' && asked.document) {
    writeFileSync(DOCUMENT, withTable(readFileSync(DOCUMENT, 'utf8'), results));
  }
  console.error(summaryOf(results));
  return results.some(({ result }) => result === 'failed') ? 1 : 0;
}

async function* localResults(): AsyncGenerator<ContractResult> {
  findRegistries();
  for (const target of [...realTargets(), ...presetTargets()]) {
    console.error(`» ${target.registry}`);
    yield* resultsOn(target);
  }
}

/** Its words are progress and no result, so they are not for stdout. */
function findRegistries(): void {
  const command = ['-r', '@swc-node/register', join(__dirname, 'install-registries.ts')];
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', STDERR, STDERR] });
  if (status !== 0) throw new Error(`looking for registries ended with ${String(status)}`);
}

function tell(result: ContractResult): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
  const { registry, capability, detail = '' } = result;
  if (result.result === 'failed') console.error(`✗ ${registry}: ${capability}: ${detail}`);
}

function summaryOf(results: readonly ContractResult[]): string {
  const count = (word: ContractResult['result']): string =>
    `${results.filter(({ result }) => result === word).length} ${word}`;
  return [count('ok'), count('unsupported'), count('skipped'), count('failed')].join(', ');
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
