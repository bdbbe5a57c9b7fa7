import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { libraryNames } from '../../scripts/debian-package';
import { nginxCommand, nginxRuns } from '../../scripts/find-nginx';

describe(nginxRuns.name, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-programs-'));
  const path = join(folder, 'nginx');

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each`
    line                                             | reason
    ${'echo "invalid option: e" >&2; exit 1'}        | ${'invalid option: e'}
    ${'echo "libssl.so.3: not there" >&2; exit 127'} | ${'libssl.so.3: not there'}
  `('says why one does not: $reason', async ({ line, reason }: Record<string, string>) => {
    writeFileSync(path, `#!/bin/sh\n${String(line)}\n`);
    chmodSync(path, 0o755);

    const runs = await nginxRuns({ path, libraries: [] });

    expect(runs).toMatchObject({ ok: false });
    expect(runs).toHaveProperty('reason', expect.stringContaining(String(reason)));
  });
});

describe(nginxCommand.name, () => {
  it('leads the loader to the libraries that the machine lacks', () => {
    const [program, setting = '', path] = nginxCommand(
      { path: '/n/nginx', libraries: ['/n/ssl', '/n/pcre'] },
      '/n/folder',
    );

    expect([program, path]).toEqual(['env', '/n/nginx']);
    expect(setting).toMatch(/^LD_LIBRARY_PATH=\/n\/ssl:\/n\/pcre(:|$)/);
  });
});

describe(libraryNames.name, () => {
  it.each`
    depends                                                     | names
    ${'libc6 (>= 2.34), libssl3 (>= 3.0.0), zlib1g, iproute2'}  | ${['libssl3', 'zlib1g']}
    ${'nginx-common (= 1.22.1-9), libpcre2-8-0 | libpcre3\n'}   | ${['libpcre2-8-0']}
    ${'libnginx-mod-http-echo (= 1), libgcc-s1, libssl3t64\n '} | ${['libssl3t64']}
    ${''}                                                       | ${[]}
  `('finds $names in "$depends"', ({ depends, names }: { depends: string; names: string[] }) => {
    expect(libraryNames(depends)).toEqual(names);
  });
});
