import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import {
  openReader,
  openWriter,
  readerOptions,
  writerOptions,
} from '../../src/database/data-sources';
import { UnitOfWork } from '../../src/database/unit-of-work';

/** A migrated database in a folder of its own, with both connections. */
export interface TestDatabase {
  readonly path: string;
  readonly writer: DataSource;
  readonly reader: DataSource;
  readonly unitOfWork: UnitOfWork;
  /** Closes both connections and removes the folder. */
  close(): Promise<void>;
}

export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = new TemporaryFolder();
  const path = join(folder.path, 'tagward.db');
  const writer = await openWriter(writerOptions({ kind: 'sqlite', path }));
  const reader = await openReader(readerOptions({ kind: 'sqlite', path }));
  const close = async (): Promise<void> => {
    await reader.destroy();
    await writer.destroy();
    folder.remove();
  };
  return { path, writer, reader, unitOfWork: new UnitOfWork(writer), close };
}

export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'tagward-database-'));

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The error that a promise is rejected with; fails when it is fulfilled. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}
