import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDemoRegistry, identifyProgram, startDemoRegistry } from '../../scripts/registries';
import { dockerCommand, seenFromContainer } from '../../scripts/docker-registry';

describe(findDemoRegistry.name, () => {
  const before = process.env['TAGWARD_TEST_REGISTRY'];

  beforeEach(() => {
    process.env['TAGWARD_TEST_REGISTRY'] = 'https://registry.example.com/';
  });

  afterEach(() => {
    if (before === undefined) {
      delete process.env['TAGWARD_TEST_REGISTRY'];
    } else {
      process.env['TAGWARD_TEST_REGISTRY'] = before;
    }
  });

  it('prefers the registry that the environment names', async () => {
    const found = await findDemoRegistry();

    expect(found).toEqual({
      ok: true,
      value: { kind: 'url', url: 'https://registry.example.com' },
    });
  });

  it('neither starts nor stops a registry that the environment names', async () => {
    const registry = await startDemoRegistry();

    await registry.stop();

    expect(registry.url).toBe('https://registry.example.com');
    expect(registry.storageDir).toBeUndefined();
  });
});

describe(identifyProgram.name, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tagward-programs-'));
  const path = join(folder, 'registry');

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each`
    says                                                                | version
    ${'docker-registry github.com/docker/distribution 2.8.2+ds1'}       | ${'2.8.2'}
    ${'registry github.com/docker/distribution v2.8.3'}                 | ${'2.8.3'}
    ${'/bin/registry github.com/distribution/distribution/v3 v3.1.1'}   | ${'3.1.1'}
    ${'registry github.com/distribution/distribution/v3 3.1.1+unknown'} | ${'3.1.1'}
  `('reads version $version from "$says"', async ({ says, version }: Record<string, string>) => {
    writeFileSync(path, `#!/bin/sh\necho '${String(says)}'\n`);
    chmodSync(path, 0o755);

    expect(await identifyProgram(path)).toEqual({ kind: 'binary', path, version });
  });

  it.each(["echo 'windows registry editor 3.1.1'", 'exit 1'])(
    'passes by another program of the same name: %s',
    async (line) => {
      writeFileSync(path, `#!/bin/sh\n${line}\n`);
      chmodSync(path, 0o755);

      expect(await identifyProgram(path)).toBeUndefined();
    },
  );
});

describe(dockerCommand.name, () => {
  const place = { folder: '/tmp/f', storageDir: '/tmp/s', config: '/tmp/f/config.yml', port: 5082 };

  it('publishes the port on this machine only and mounts both folders', () => {
    const command = dockerCommand('registry:3', {}, place).join(' ');

    expect(command).toMatch(/^docker run --rm --publish 127\.0\.0\.1:5082:5082 /);
    expect(command).toContain('--volume /tmp/f:/tmp/f --volume /tmp/s:/tmp/s');
    expect(command).toMatch(/ registry:3 \/tmp\/f\/config\.yml$/);
  });
});

describe(seenFromContainer.name, () => {
  it('names the machine in the address of a webhook on it', () => {
    const notifications = { url: 'http://localhost:8080/hook', token: 't' };

    const seen = seenFromContainer({ notifications });

    expect(seen.notifications).toEqual({
      url: 'http://host.docker.internal:8080/hook',
      token: 't',
    });
  });

  it('changes nothing else', () => {
    const notifications = { url: 'https://tags.example.com/hook', token: 't' };

    expect(seenFromContainer({ notifications })).toEqual({ notifications });
    expect(seenFromContainer({ deletes: false })).toEqual({ deletes: false });
  });
});
