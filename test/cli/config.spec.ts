import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { configJsonSchema } from '../../src/config/config-json-schema';
import { editConfig, NOWHERE } from '../deliveries/delivery-list';
import { startService } from '../support/service';
import { writeTestConfig } from '../support/test-config';
import { tagward } from './command-stage';

const Made = z.object({ token: z.string(), tokenHash: z.string() });

describe('tagward config', () => {
  const config = writeTestConfig({ registryUrl: NOWHERE, anonymous: 'none' });
  afterAll(() => {
    config.remove();
  });

  it('makes a token that the service knows by its hash alone', async () => {
    const { status, stdout } = await tagward(['config', 'token', '-o', 'json']);
    const { token, tokenHash } = Made.parse(JSON.parse(stdout));
    editConfig(config, {
      'tokens:': `tokens:\n  - { name: made, tokenHash: "${tokenHash}", scopes: [read] }`,
    });
    const service = await startService({ registryUrl: NOWHERE, config });

    const answer = await service.client.get('moves', token);

    await service.stop();
    expect([status, answer.status]).toEqual([0, 200]);
    expect(tokenHash).toBe(`sha256:${createHash('sha256').update(token).digest('hex')}`);
    expect(token).toMatch(/^tgw_[A-Za-z0-9_-]{43}$/);
  });

  it('makes another one each time, for eyes too', async () => {
    const texts = [await tagward(['config', 'token']), await tagward(['config', 'token'])];

    expect(texts[0]?.stdout).toMatch(/^token +tgw_\S+\ntokenHash +sha256:[0-9a-f]{64}\n$/);
    expect(texts[0]?.stdout).not.toBe(texts[1]?.stdout);
  });

  it('says that a configuration has no fault, or every fault that it has', async () => {
    const path = join(config.folder, 'faulty.yaml');
    writeFileSync(path, readFileSync(config.path, 'utf8').replace('sweep:', 'sweeps:'));

    const right = await tagward(['config', 'validate', config.path]);
    const found = await tagward(['config', 'validate'], { env: { TAGWARD_CONFIG: config.path } });
    const wrong = await tagward(['config', 'validate', path]);

    expect(right).toEqual({ status: 0, stdout: `${config.path} has no fault\n`, stderr: '' });
    expect(found).toEqual(right);
    expect({ ...wrong, stderr: '' }).toEqual({ status: 2, stdout: '', stderr: '' });
    expect(wrong.stderr).toMatch(/faulty\.yaml:\d+:\d+ sweeps: .*did you mean `sweep`\?/);
  });

  it('prints the schema for editors', async () => {
    expect((await tagward(['config', 'schema'])).stdout).toBe(configJsonSchema());
  });

  it.each([
    [['config'], 'validate, schema, token'],
    [['config', 'tokens'], 'did you mean `token`?'],
    [['config', 'token', 'ops'], 'config token does not take "ops"'],
  ])('refuses %j in words', async (args, words) => {
    const { status, stdout, stderr } = await tagward(args);

    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(words);
  });
});
