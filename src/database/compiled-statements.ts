import * as sqlite3 from 'sqlite3';

/** Texts that differ in the length of a list come and go; the few that matter stay. */
const MOST_STATEMENTS = 200;
const COMPILED = /^\s*(?:select|insert|update|delete|with|begin|commit)\b/i;

/**
 * A connection that compiles a statement once. The driver compiles each anew, which is a way to a
 * thread and back of its own; under load the way back waits for a turn of the event loop, and a
 * commit takes half as long without it.
 */
export class CompilingDatabase extends sqlite3.Database {
  /** In the order of their last use. */
  private readonly statements = new Map<string, sqlite3.Statement>();
  private seen = new Set<string>();
  private isClosed = false;

  override all(sql: string, ...rest: unknown[]): this {
    const statement = this.statementOf(sql, rest[0]);
    if (statement === undefined) return super.all(sql, ...rest);
    statement.all(...rest);
    return this;
  }

  override run(sql: string, ...rest: unknown[]): this {
    const statement = this.statementOf(sql, rest[0]);
    if (statement === undefined) return super.run(sql, ...rest);
    statement.run(...rest);
    return this;
  }

  /** A statement that is left open would keep the file from being closed. */
  override close(callback?: (error: Error | null) => void): void {
    this.isClosed = true;
    for (const statement of this.statements.values()) statement.finalize();
    this.statements.clear();
    super.close(callback);
  }

  /** Undefined for the first time: only a text that has shown to be legal is compiled to stay. */
  private statementOf(sql: string, parameters: unknown): sqlite3.Statement | undefined {
    // The error of a compilation has no caller to go to; that of the statement itself has.
    if (this.isClosed || !Array.isArray(parameters) || !COMPILED.test(sql)) return undefined;
    const known = this.statements.get(sql);
    if (known === undefined && !this.isSecondUse(sql)) return undefined;
    const statement = known ?? this.prepare(sql);
    this.statements.delete(sql);
    this.statements.set(sql, statement);
    this.dropOldest();
    return statement;
  }

  private isSecondUse(sql: string): boolean {
    if (this.seen.delete(sql)) return true;
    if (this.seen.size >= MOST_STATEMENTS) this.seen = new Set();
    this.seen.add(sql);
    return false;
  }

  private dropOldest(): void {
    const [oldest] = this.statements;
    if (oldest === undefined || this.statements.size <= MOST_STATEMENTS) return;
    const [sql, statement] = oldest;
    this.statements.delete(sql);
    statement.finalize();
  }
}
