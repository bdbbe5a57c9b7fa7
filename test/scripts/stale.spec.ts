import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { callModule } from './call-module';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tagward-stale-'));
  writeLock('package-lock.json', { a: '1.0.0' });
  write('src/main.ts', 'one');
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function writeLock(path: string, versions: Record<string, string>, extra: object = {}): void {
  const packages = new Map<string, object>(Object.entries(extra));
  for (const [name, version] of Object.entries(versions)) {
    packages.set(`node_modules/${name}`, { version });
  }
  write(path, JSON.stringify({ packages: Object.fromEntries(packages) }));
}

async function ask(name: string): Promise<unknown> {
  return (await callModule('stale.mjs', [name, root]))[0];
}

describe('dependenciesAreStale', () => {
  it('is true without node_modules', async () => {
    expect(await ask('dependenciesAreStale')).toBe(true);
  });

  it('is false once they are recorded', async () => {
    await ask('recordDependencies');

    expect(await ask('dependenciesAreStale')).toBe(false);
  });

  it('is true again when the lock file changes', async () => {
    await ask('recordDependencies');

    writeLock('package-lock.json', { a: '1.0.1' });

    expect(await ask('dependenciesAreStale')).toBe(true);
  });

  it('is false when npm itself noted that it installed what the lock file lists', async () => {
    writeLock('node_modules/.package-lock.json', { a: '1.0.0' });

    expect(await ask('dependenciesAreStale')).toBe(false);
  });

  it.each([
    { installed: 'another version', versions: { a: '0.9.0' } },
    { installed: 'too little', versions: {} },
    { installed: 'too much', versions: { a: '1.0.0', b: '1.0.0' } },
  ])('is true when npm noted $installed', async ({ versions }) => {
    writeLock('node_modules/.package-lock.json', versions);

    expect(await ask('dependenciesAreStale')).toBe(true);
  });

  it('lets optional packages of other platforms be absent', async () => {
    const optional = { 'node_modules/b': { version: '1.0.0', optional: true } };
    writeLock('package-lock.json', { a: '1.0.0' }, optional);
    writeLock('node_modules/.package-lock.json', { a: '1.0.0' });

    expect(await ask('dependenciesAreStale')).toBe(false);
  });
});

describe('buildIsStale', () => {
  async function build(): Promise<void> {
    const builtFrom = await ask('buildFingerprint');
    await callModule('stale.mjs', ['recordBuild', root, builtFrom]);
  }

  it('is true without a build', async () => {
    expect(await ask('buildIsStale')).toBe(true);
  });

  it('is false after a build', async () => {
    await build();

    expect(await ask('buildIsStale')).toBe(false);
  });

  it.each(['src/main.ts', 'src/new.ts', 'migrations/1-first.ts', 'tsconfig.json'])(
    'is true again when %s changes',
    async (path) => {
      await build();

      write(path, 'two');

      expect(await ask('buildIsStale')).toBe(true);
    },
  );

  it('is true again when a file is renamed', async () => {
    await build();

    renameSync(join(root, 'src/main.ts'), join(root, 'src/other.ts'));

    expect(await ask('buildIsStale')).toBe(true);
  });

  it('is false when only a test changes', async () => {
    await build();

    write('test/main.spec.ts', 'two');

    expect(await ask('buildIsStale')).toBe(false);
  });
});
