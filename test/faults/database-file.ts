import { Database, OPEN_READONLY } from 'sqlite3';
import { z } from 'zod';

const Counts = z.array(z.object({ name: z.string(), count: z.number() }));

/** Rows of a query on a SQLite file, read as another process would: `name` and `count`. */
export class DatabaseFile {
  constructor(private readonly path: string) {}

  /** `ok`, or what is broken. */
  async integrity(): Promise<string> {
    const Rows = z.array(z.object({ integrity_check: z.string() }));
    const rows = Rows.parse(await this.query('PRAGMA integrity_check'));
    return rows.map((row) => row.integrity_check).join('\n');
  }

  /** How many deliveries have each status. */
  deliveries(): Promise<Record<string, number>> {
    return this.count(`select status as name, count(*) as count from deliveries group by status`);
  }

  /** How many moves have each status; of one tag, or of all. */
  moves(tag?: string): Promise<Record<string, number>> {
    const where = tag === undefined ? '' : `where tag = '${tag}'`;
    return this.count(`select status as name, count(*) as count from moves ${where} group by 1`);
  }

  /** How many processes have a lease on some repository. */
  async leaseHolders(): Promise<number> {
    const counts = await this.count(
      `select 'holders' as name, count(distinct holder) as count from leases`,
    );
    return counts['holders'] ?? 0;
  }

  /** Open lifetimes of a repository: tag and digest. */
  async lifetimes(repository: string): Promise<Record<string, string>> {
    const Rows = z.array(z.object({ tag: z.string(), digest: z.string() }));
    const sql = `select tag, digest from lifetimes where until_at is null and repository = '${repository}'`;
    const rows = Rows.parse(await this.query(sql));
    return Object.fromEntries(rows.map(({ tag, digest }) => [tag, digest]));
  }

  /** Lets nobody else write until the answer is called. */
  async lock(): Promise<() => Promise<void>> {
    const database = await open(this.path);
    await execute(database, 'BEGIN EXCLUSIVE');
    return async () => {
      await execute(database, 'ROLLBACK');
      await close(database);
    };
  }

  private async count(sql: string): Promise<Record<string, number>> {
    const rows = Counts.parse(await this.query(sql));
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  }

  private async query(sql: string): Promise<unknown> {
    const database = await open(this.path, OPEN_READONLY);
    try {
      return await new Promise((resolve, reject) => {
        database.all(sql, (error, rows) => {
          if (error === null) resolve(rows);
          else reject(error);
        });
      });
    } finally {
      await close(database);
    }
  }
}

function open(path: string, mode?: number): Promise<Database> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null): void => {
      if (error === null) resolve(database);
      else reject(error);
    };
    const database: Database =
      mode === undefined ? new Database(path, done) : new Database(path, mode, done);
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
