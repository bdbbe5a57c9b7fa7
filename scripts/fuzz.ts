import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { brokenEndLaws } from '../test/fuzz/end-laws';
import { grownMemory } from '../test/fuzz/memory';
import { type FuzzReport, runFuzz } from '../test/fuzz/run';
import { type FuzzScene, setFuzzScene } from '../test/fuzz/scene';
import { countsText, faultText, progressLine } from '../test/fuzz/words';

const USAGE = 'usage: npm run fuzz [-- --inputs N --seed S --first INDEX]';
const USUAL_INPUTS = 100_000;
const PROGRESS_MS = 10_000;

interface Asked {
  readonly inputs: number;
  readonly seed: number;
  readonly first: number;
}

/** Sends many inputs to the webhooks of a service of its own: 1 when a law is broken. */
async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args);
  if (asked === undefined) {
    console.error(USAGE);
    return 2;
  }
  console.log(`Seed: npm run fuzz -- --seed ${asked.seed} --inputs ${asked.inputs}`);
  const scene = await setFuzzScene();
  try {
    return await fuzz(scene, asked);
  } finally {
    await scene.clear();
  }
}

async function fuzz(scene: FuzzScene, asked: Asked): Promise<number> {
  const report = await runFuzz(scene, { ...asked, onProgress: everyTenSeconds() });
  console.log(progressLine(report));
  console.log(`shapes: ${countsText(report.shapes)}`);
  for (const fault of report.faults) console.error(faultText(fault, asked.seed));
  const broken = [...(await brokenEndLaws(scene, report)), ...grownMemory(report.memory)];
  for (const law of broken) console.error(`✗ ${law}`);
  const isFine = report.faults.length + broken.length === 0;
  console.log(isFine ? `${report.sent} inputs, no law broken` : 'laws are broken');
  return isFine ? 0 : 1;
}

function everyTenSeconds(): (report: FuzzReport) => void {
  let told = performance.now();
  return (report) => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    console.log(progressLine(report));
  };
}

function readArguments(args: readonly string[]): Asked | undefined {
  const options = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { inputs: options, seed: options, first: options },
    });
    const inputs = Number(values.inputs ?? USUAL_INPUTS);
    const seed = Number(values.seed ?? Date.now() % 2 ** 31);
    const first = Number(values.first ?? 0);
    return [inputs, seed, first].every((number) => Number.isSafeInteger(number) && number >= 0)
      ? { inputs, seed, first }
      : undefined;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
