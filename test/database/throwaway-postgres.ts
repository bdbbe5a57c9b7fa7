/* eslint-disable jest/no-export -- no test file: it defines suites for those that import it */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** A PostgreSQL of the test's own, without TCP, reached through `psql`. */
export class ThrowawayPostgres {
  private constructor(
    private readonly bin: string,
    private readonly folder: string,
  ) {}

  static start(bin: string): ThrowawayPostgres {
    const folder = unprivileged('mktemp', ['-d', '/tmp/tagward-pg-XXXXXX']).trim();
    const postgres = new ThrowawayPostgres(bin, folder);
    const data = join(folder, 'data');
    unprivileged(join(bin, 'initdb'), ['-D', data, '-U', 'tagward', '-A', 'trust', '--no-sync']);
    const options = `-k ${folder} -c listen_addresses= -F`;
    unprivileged(join(bin, 'pg_ctl'), [
      '-D',
      data,
      '-o',
      options,
      '-l',
      `${data}.log`,
      '-w',
      'start',
    ]);
    return postgres;
  }

  stop(): void {
    const data = join(this.folder, 'data');
    unprivileged(join(this.bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop']);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs statements in one transaction; throws what `psql` says when one is refused. */
  run(statements: readonly string[]): readonly string[] {
    const text = execFileSync(
      join(this.bin, 'psql'),
      ['-h', this.folder, '-U', 'tagward', '-d', 'postgres', '-X', '-q', '-A', '-t', '-1'].concat(
        ...['-v', 'ON_ERROR_STOP=1', '-f', '-'],
      ),
      { input: statements.map((statement) => `${statement};\n`).join(''), encoding: 'utf8' },
    );
    return text.split('\n').filter((line) => line !== '');
  }

  listTables(): readonly string[] {
    return this.run([
      `select table_name from information_schema.tables where table_schema = 'public' order by 1`,
    ]);
  }

  listColumns(table: string): readonly string[] {
    const columns = this.run([
      `select column_name from information_schema.columns where table_name = '${table}'`,
    ]);
    return [...columns].sort();
  }
}

/** Defines a suite that has a PostgreSQL; says why where there is none. */
export function describeOnPostgres(
  title: string,
  body: (postgres: () => ThrowawayPostgres) => void,
): void {
  describe(title, () => {
    const bin = findPrograms();
    if (bin === undefined) {
      const reason = `no initdb in ${DEBIAN_FOLDER}/*/bin or on the PATH`;
      process.stderr.write(`skipped on PostgreSQL: ${reason}\n`);
      it.todo(`runs where PostgreSQL is (${reason})`);
      return;
    }
    let postgres: ThrowawayPostgres;
    beforeAll(() => {
      postgres = ThrowawayPostgres.start(bin);
    });
    afterAll(() => {
      postgres.stop();
    });
    body(() => postgres);
  });
}

/** The folder that holds `initdb`, `pg_ctl` and `psql`; undefined when no folder holds all. */
function findPrograms(): string | undefined {
  const installed = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER).sort().reverse() : [];
  const folders = [
    ...installed.map((version) => join(DEBIAN_FOLDER, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) =>
    ['initdb', 'pg_ctl', 'psql'].every((name) => isProgram(join(folder, name))),
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** PostgreSQL refuses to run as root. */
function unprivileged(program: string, parameters: readonly string[]): string {
  const isRoot = process.getuid?.() === 0;
  const [command, all] = isRoot
    ? ['runuser', ['-u', 'postgres', '--', program, ...parameters]]
    : [program, parameters];
  return execFileSync(command, all, {
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
