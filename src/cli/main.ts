#!/usr/bin/env node
import { runCommandLine } from './run';

/** A reader that has seen enough (`tagward … | head`) is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`tagward: standard output: ${error.message}\n`);
  process.exit(1);
});

void runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  now: Date.now,
}).then((code) => {
  // Not process.exit: it would cut off what a pipe has not taken yet.
  process.exitCode = code;
});
