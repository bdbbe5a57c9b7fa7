#!/usr/bin/env node
// Runs one command of this repository and first sets up what it needs. Imports nothing but Node:
// on a fresh clone there is nothing else yet.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buildFingerprint,
  buildIsStale,
  dependenciesAreStale,
  recordBuild,
  recordDependencies,
} from './stale.mjs';
import { run, step, StepFailed } from './steps.mjs';
import { countsLine, countTests, killsLine, notices } from './test-summary.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = 'node_modules/.cache/tagward';
/** Rounds with a kill at random in the long form, and the kills that it makes at the least in all. */
const FAULT_ROUNDS = 140;
const LEAST_KILLS = 200;
const jestResult = `${cache}/jest.json`;

/** Each command sets up what it needs and answers the exit status. */
const commands = {
  ...{ build, demo, generate, bench, oracle, test, faults, fuzz, contract, check, registries },
};

async function build() {
  await ensureDependencies();
  await ensureBuild();
  return 0;
}

async function demo(args) {
  await build();
  return runTypescript('scripts/demo.ts', args);
}

async function generate() {
  await ensureDependencies();
  const scripts = readdirSync('scripts').filter((name) => /^generate-.*\.ts$/.test(name));
  for (const script of scripts.sort()) {
    await step(`scripts/${script}`, process.execPath, typescript(`scripts/${script}`));
  }
  return 0;
}

async function oracle(args) {
  await ensureDependencies();
  return runTypescript('scripts/oracle.ts', args);
}

async function bench(args) {
  if (args[0] === '--install') {
    await ensureDependencies();
    return runTypescript('scripts/install-peers.ts', args.slice(1));
  }
  await build();
  return runTypescript('bench/run.ts', args);
}

async function registries([what = '', ...names]) {
  if (what !== 'install' && what !== 'start') {
    console.error('usage: scripts/registries.sh install | start [name[/variant] ...]');
    return 2;
  }
  await ensureDependencies();
  await installRegistries();
  return what === 'install' ? 0 : runTypescript('scripts/registries-cli.ts', names);
}

function installRegistries() {
  const script = typescript('scripts/install-registries.ts');
  return step('registries for the tests', process.execPath, script);
}

async function test(args) {
  await build();
  await installRegistries();
  return runJest(args);
}

/** The long form of the faults. With arguments, which are jest's, any number of kills is enough. */
async function faults(args) {
  await build();
  await installRegistries();
  const journal = `${root}/${cache}/kills.txt`;
  mkdirSync(dirname(journal), { recursive: true });
  writeFileSync(journal, '');
  const seed = process.env.TAGWARD_FAULT_SEED ?? String(Date.now() % 2 ** 31);
  const rounds = process.env.TAGWARD_FAULT_ROUNDS ?? String(FAULT_ROUNDS);
  Object.assign(process.env, {
    ...{ TAGWARD_FAULT_SEED: seed, TAGWARD_FAULT_ROUNDS: rounds },
    ...{ TAGWARD_FAULT_LONG: '1', TAGWARD_FAULT_JOURNAL: journal },
  });
  const status = await runJest(args.length === 0 ? ['test/faults'] : args);
  const kills = readFileSync(journal, 'utf8').trim().split('\n').filter(Boolean);
  console.log(killsLine(kills));
  console.log(`Seed: TAGWARD_FAULT_SEED=${seed} TAGWARD_FAULT_ROUNDS=${rounds} plays it again`);
  const enough = args.length > 0 || kills.length >= LEAST_KILLS;
  if (!enough) console.error(`✗ fewer than ${String(LEAST_KILLS)} kills`);
  return status === 0 && !enough ? 1 : status;
}

/** The long form of test/security/fuzz.spec.ts; it prints the seed that plays it again. */
async function fuzz(args) {
  await build();
  return runTypescript('scripts/fuzz.ts', args);
}

async function contract(args) {
  await ensureDependencies();
  return runTypescript('scripts/contract.ts', args);
}

async function check(args) {
  await ensureDependencies();
  await step('format: prettier', bin('prettier'), ['--check', '.']);
  await step('lint: eslint', bin('eslint'), ['.']);
  await step('types: tsc', bin('tsc'), ['--noEmit', '-p', '.']);
  await step('import directions: depcruise', bin('depcruise'), ['src', 'migrations']);
  await step('dead code: knip', bin('knip'), []);
  return test(args);
}

async function ensureDependencies() {
  if (!dependenciesAreStale(root)) {
    return;
  }
  console.log('» dependencies: sqlite3 may have to be compiled, which takes minutes');
  try {
    await step('npm ci', ...npm('ci'));
  } catch (error) {
    if (!(error instanceof StepFailed) || error.interrupted) {
      throw error;
    }
    // npm ci also refuses a lock file when the registry in use lacks a package for another platform.
    console.log(`  ${error.message}; npm install goes on with the same locked versions`);
    await step('npm install --no-save', ...npm('install', '--no-save'));
  }
  recordDependencies(root);
}

/** The npm that started this script, if one did: it belongs to this Node. */
function npm(...args) {
  const cli = process.env.npm_execpath;
  const start = cli?.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm'];
  // Development tools are needed whatever NODE_ENV says; native code is compiled on all cores.
  const [command, ...all] = [...start, ...args, '--include=dev', '--no-audit', '--no-fund'];
  return [command, all, { JOBS: 'max' }];
}

async function ensureBuild() {
  if (!buildIsStale(root)) {
    return;
  }
  const builtFrom = buildFingerprint(root);
  await step('build: nest build', bin('nest'), ['build']);
  // The migrations are compiled beside the sources, so these are one folder further down.
  writeFileSync('dist/main.js', "require('./src/main');\n");
  recordBuild(root, builtFrom);
}

/** Ends with the counts of jest's own result. Not one test run is a failure too. */
async function runJest(args) {
  mkdirSync(cache, { recursive: true });
  rmSync(jestResult, { force: true });
  console.log('» jest');
  const reporting = ['--json', `--outputFile=${jestResult}`];
  const status = await run(process.execPath, [
    'node_modules/jest/bin/jest.js',
    ...reporting,
    ...args,
  ]);
  const result = existsSync(jestResult) ? JSON.parse(readFileSync(jestResult, 'utf8')) : undefined;
  const counts = countTests(result);
  for (const notice of notices(result, root)) {
    console.log(notice);
  }
  console.log(countsLine(counts));
  return status === 0 && counts.passed + counts.failed === 0 ? 1 : status;
}

function runTypescript(script, args) {
  return run(process.execPath, typescript(script, args));
}

function typescript(script, args = []) {
  return ['-r', '@swc-node/register', script, ...args];
}

function bin(name) {
  return `node_modules/.bin/${name}`;
}

async function main([name = '', ...args]) {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    console.error(`usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments]`);
    return 2;
  }
  process.chdir(root);
  try {
    return await command(args);
  } catch (error) {
    if (!(error instanceof StepFailed)) {
      throw error;
    }
    console.error(`✗ ${error.message}`);
    return error.status;
  }
}

process.exitCode = await main(process.argv.slice(2));
