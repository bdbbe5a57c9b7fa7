import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { medianOf } from './statistics';

const SYNCS = 100;
const PAGE_BYTES = 4096;

/** Prints what the numbers depend on. */
export function printMachine(): void {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  console.log(`Node ${process.version}, ${process.platform} ${process.arch}`);
  console.log(`${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GiB`);
  console.log(`fsync of 4 KiB in ${tmpdir()}: median ${syncMs().toFixed(2)} ms`);
  printLoad('at the start');
}

/** The machine may be shared: a load above the number of cores blurs everything. */
export function printLoad(when: string): void {
  const load = loadavg().map((value) => value.toFixed(2));
  console.log(`load average ${when}: ${load.join(' ')}`);
}

/** What a durable commit cannot go below on this disk. */
function syncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-bench-'));
  const file = openSync(join(folder, 'synced'), 'a');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const samples = Array.from({ length: SYNCS }, () => {
    writeSync(file, page);
    const start = performance.now();
    fsyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  rmSync(folder, { recursive: true });
  return medianOf(samples);
}
