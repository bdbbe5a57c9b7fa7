import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as sqlite3 from 'sqlite3';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { z } from 'zod';
import { Ledger1783036800000 } from '../../migrations/1783036800000-ledger';
import { Retention1783123200000 } from '../../migrations/1783123200000-retention';
import { Decisions1783209600000 } from '../../migrations/1783209600000-decisions';
import { Registries1783296000000 } from '../../migrations/1783296000000-registries';
import { Protections1783382400000 } from '../../migrations/1783382400000-protections';
import { RetentionStages1783468800000 } from '../../migrations/1783468800000-retention-stages';
import { DeliveriesByTime1783555200000 } from '../../migrations/1783555200000-deliveries-by-time';
import { UsedTokens1783641600000 } from '../../migrations/1783641600000-used-tokens';
import { DeliveriesBySource1783771200000 } from '../../migrations/1783771200000-deliveries-by-source';
import { Audit1783857600000 } from '../../migrations/1783857600000-audit';
import type { DatabaseSettings } from '../config/settings';
import { DomainError } from '../core/domain-error';
import { CompilingDatabase } from './compiled-statements';
import { DatabaseLock } from './database-lock';
import { entities } from './entities';

/** All knowledge of the SQLite driver is here and in the two files beside it (ADR 0003). */

/** Nest's name of the second connection: reads never see rows of an open transaction. */
export const READER = 'reader';

/**
 * TypeORM asks the driver for its verbose mode, in which every statement pays for a stack trace
 * that nobody reads: errors are wrapped with their statement anyway.
 */
const quietDriver = { verbose: () => ({ ...sqlite3, Database: CompilingDatabase }) };

const BUSY_TIMEOUT_MS = 5_000;
/** 32 MiB: keys of deliveries are spread over their index, and a page that is written often is copied once. */
const PAGES_OF_WAL = 8_192;
const migrations = [
  Ledger1783036800000,
  Retention1783123200000,
  Decisions1783209600000,
  Registries1783296000000,
  Protections1783382400000,
  RetentionStages1783468800000,
  DeliveriesByTime1783555200000,
  UsedTokens1783641600000,
  DeliveriesBySource1783771200000,
  Audit1783857600000,
];

export function writerOptions(settings: DatabaseSettings): DataSourceOptions {
  return {
    type: 'sqlite',
    database: settings.path,
    enableWAL: true,
    driver: quietDriver,
    busyTimeout: BUSY_TIMEOUT_MS,
    entities,
    migrations,
    migrationsTransactionMode: 'each',
    synchronize: false,
  };
}

export function readerOptions(settings: DatabaseSettings): DataSourceOptions {
  return {
    type: 'sqlite',
    database: settings.path,
    flags: sqlite3.OPEN_READONLY,
    driver: quietDriver,
    busyTimeout: BUSY_TIMEOUT_MS,
    entities,
    synchronize: false,
  };
}

/** The writing connection, which holds the lock on its file for as long as it is open. */
class LockedDataSource extends DataSource {
  #lock: DatabaseLock | undefined;

  override async initialize(): Promise<this> {
    if (this.options.type === 'sqlite') {
      await mkdir(dirname(this.options.database), { recursive: true });
      this.#lock = await DatabaseLock.acquire(this.options.database);
    }
    return super.initialize();
  }

  override async destroy(): Promise<void> {
    await super.destroy();
    await this.#lock?.release();
  }
}

/**
 * Opens the writing connection, proves that what it commits is durable, and brings the schema up
 * to date. Throws `database-in-use` when another process has it open, `database-unsafe` when
 * SQLite does not take the settings.
 */
export async function openWriter(options: DataSourceOptions): Promise<DataSource> {
  const writer = await new LockedDataSource(options).initialize();
  try {
    await makeDurable(writer);
    await writer.query(`PRAGMA wal_autocheckpoint = ${PAGES_OF_WAL}`);
    await writer.runMigrations();
    return writer;
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}

export function openReader(options: DataSourceOptions): Promise<DataSource> {
  return new DataSource(options).initialize();
}

/** Drivers differ in what they are built with, so the settings are read back. */
async function makeDurable(writer: DataSource): Promise<void> {
  await writer.query('PRAGMA synchronous = FULL');
  const actual = {
    journal_mode: await readPragma(writer, 'journal_mode'),
    synchronous: await readPragma(writer, 'synchronous'),
    foreign_keys: await readPragma(writer, 'foreign_keys'),
  };
  const wanted = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1 };
  if (JSON.stringify(actual) === JSON.stringify(wanted)) return;
  const shown = `${JSON.stringify(actual)} instead of ${JSON.stringify(wanted)}`;
  throw new DomainError('database-unsafe', `SQLite runs with ${shown}: use a local disk`);
}

async function readPragma(writer: DataSource, name: string): Promise<unknown> {
  const rows: unknown = await writer.query(`PRAGMA ${name}`);
  return z.array(z.record(z.string(), z.unknown())).min(1).parse(rows)[0]?.[name];
}
