import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { openWriter, writerOptions } from '../../src/database/data-sources';
import { DatabaseLock } from '../../src/database/database-lock';
import { failureOf, TemporaryFolder } from './test-database';

const folder = new TemporaryFolder();
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  folder.remove();
});

describe(DatabaseLock, () => {
  it('lets a second connection in after the first is closed, and not before', async () => {
    const options = writerOptions({ kind: 'sqlite', path: join(folder.path, 'twice.db') });
    const first = await openWriter(options);

    const error = await failureOf(openWriter(options));
    await first.destroy();
    const second = await openWriter(options);

    expect(error).toMatchObject({
      code: 'database-in-use',
      message: expect.stringContaining('twice.db') as string,
    });
    expect(second.isInitialized).toBe(true);
    await second.destroy();
  });

  it('keeps different files apart', async () => {
    const locks = [
      await DatabaseLock.acquire(join(folder.path, 'a.db')),
      await DatabaseLock.acquire(join(folder.path, 'b.db')),
    ];

    expect(locks).toHaveLength(2);
    await Promise.all(locks.map((lock) => lock.release()));
  });

  it('is held by another process until that is killed', async () => {
    const path = join(folder.path, 'killed.db');
    const child = await startHolder(path);

    const error = await failureOf(openWriter(writerOptions({ kind: 'sqlite', path })));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const writer = await openWriter(writerOptions({ kind: 'sqlite', path }));

    expect(error).toMatchObject({ code: 'database-in-use' });
    expect(await writer.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    await writer.destroy();
  });
});

/** A second Tagward's hold on a database; resolves when it has it. */
async function startHolder(path: string): Promise<ChildProcess> {
  const script = join(__dirname, 'hold-database.ts');
  const child = spawn(process.execPath, ['-r', '@swc-node/register', script, path], {
    cwd: join(__dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const exited = once(child, 'exit').then(() => Promise.reject(new Error('the holder ended')));
  exited.catch(() => undefined);
  await Promise.race([once(child.stdout, 'data'), exited]);
  return child;
}
