import type { DataSource } from 'typeorm';
import { AbstractSqliteDriver } from 'typeorm/driver/sqlite-abstract/AbstractSqliteDriver';

/**
 * SQLite rolls back by itself when the disk is full. TypeORM's own rollback then fails, and it goes
 * on as if the transaction were open: everything later would be nested in one that never commits.
 * So after a failure the connection gets a new query runner, which knows of no transaction.
 */
export async function leaveNoTransaction(writer: DataSource): Promise<void> {
  const { driver } = writer;
  if (!(driver instanceof AbstractSqliteDriver)) return;
  const runner = driver.queryRunner;
  if (runner?.isTransactionActive !== true) return;
  try {
    await runner.query('ROLLBACK');
  } catch {
    // There was none: that is what made the runner wrong.
  }
  delete driver.queryRunner;
}
