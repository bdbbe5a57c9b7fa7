import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import {
  openReader,
  openWriter,
  readerOptions,
  writerOptions,
} from '../../src/database/data-sources';
import { failureOf, openTestDatabase, TemporaryFolder } from './test-database';

const folder = new TemporaryFolder();

afterAll(() => {
  folder.remove();
});

describe(openWriter, () => {
  it.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
  ])('runs with %s = %s', async (pragma, value) => {
    const database = await openTestDatabase();

    expect(await readPragma(database.writer, pragma)).toBe(value);

    await database.close();
  });

  it('makes the folder of the file', async () => {
    const path = join(folder.path, 'deep', 'er', 'tagward.db');

    const writer = await openWriter(writerOptions({ kind: 'sqlite', path }));

    expect(await readPragma(writer, 'journal_mode')).toBe('wal');
    await writer.destroy();
  });

  it('refuses to run without a write-ahead log', async () => {
    const options = writerOptions({ kind: 'sqlite', path: join(folder.path, 'unsafe.db') });

    const error = await failureOf(openWriter({ ...options, enableWAL: false } as typeof options));

    expect(error).toMatchObject({
      code: 'database-unsafe',
      message: expect.stringContaining('"journal_mode":"delete"') as string,
    });
  });

  it('refuses a row that refers to nothing', async () => {
    const database = await openTestDatabase();

    const error = await failureOf(
      database.writer.query(
        `insert into lifetimes (from_sequence, repository, tag, digest, kind, from_at)
         values (1, 'local/ui', '2', 'sha256:0', 'released', 0)`,
      ),
    );

    expect(String(error)).toContain('FOREIGN KEY constraint failed');
    await database.close();
  });

  it('keeps what was committed for the next start', async () => {
    const settings = { kind: 'sqlite', path: join(folder.path, 'kept.db') } as const;
    const first = await openWriter(writerOptions(settings));
    await first.query(`insert into job_runs (job, slot, started_at) values ('sweep', 1, 2)`);
    await first.destroy();

    const second = await openWriter(writerOptions(settings));

    const rows: unknown = await second.query('select job, slot, started_at from job_runs');
    expect(rows).toEqual([{ job: 'sweep', slot: 1, started_at: 2 }]);
    await second.destroy();
  });
});

describe(openReader, () => {
  it('fails when there is no file', async () => {
    const path = join(folder.path, 'absent.db');

    const error = await failureOf(openReader(readerOptions({ kind: 'sqlite', path })));

    expect(String(error)).toContain('SQLITE_CANTOPEN');
  });
});

async function readPragma(source: DataSource, name: string): Promise<unknown> {
  const rows: unknown = await source.query(`PRAGMA ${name}`);
  return z.array(z.record(z.string(), z.unknown())).parse(rows)[0]?.[name];
}
