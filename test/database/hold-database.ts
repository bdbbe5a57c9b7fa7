import 'reflect-metadata';
import { openWriter, writerOptions } from '../../src/database/data-sources';

/** A process that opens the database in its argument, says so, and holds it until it is killed. */
async function hold(path: string): Promise<void> {
  await openWriter(writerOptions({ kind: 'sqlite', path }));
  process.stdout.write('open\n');
  setInterval(() => undefined, 60_000);
}

void hold(process.argv[2] ?? '');
