import { Database } from 'sqlite3';
import { DomainError } from '../core/domain-error';

/**
 * Keeps a second process off a SQLite file: an exclusive transaction on a file beside it, which
 * the operating system lets go however the process ends.
 */
export class DatabaseLock {
  private constructor(private readonly database: Database) {}

  /** Throws `database-in-use` when another process holds the file. */
  static async acquire(databasePath: string): Promise<DatabaseLock> {
    const path = `${databasePath}.lock`;
    const database = await open(path);
    try {
      await execute(database, 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      await close(database);
      throw new DomainError(
        'database-in-use',
        `another Tagward process uses ${databasePath}: stop it, or give this one its own database`,
        { cause: error },
      );
    }
    return new DatabaseLock(database);
  }

  release(): Promise<void> {
    return close(this.database);
  }
}

function open(path: string): Promise<Database> {
  return new Promise((resolve, reject) => {
    const database: Database = new Database(path, (error) => {
      if (error === null) resolve(database);
      else reject(error);
    });
  });
}

function execute(database: Database, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    database.exec(sql, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function close(database: Database): Promise<void> {
  return new Promise((resolve, reject) => {
    database.close((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
