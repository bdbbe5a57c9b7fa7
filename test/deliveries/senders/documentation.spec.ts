import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { authFormsOf, SOURCE_KINDS, type SourceAuthForm } from '../../../src/config/source-kinds';
import { Receipts } from '../../../src/deliveries/delivery.schema';
import { ConfigFolder } from '../../config/config-folder';
import { startService } from '../../support/service';
import { WEBHOOK_SECRET } from '../../support/test-config';
import { NOWHERE } from '../delivery-list';

const FOLDER = join(__dirname, '../../../docs/sources');
const KEYS: Readonly<Record<SourceAuthForm, string>> = {
  secret: 'secretFile',
  token: 'tokenFile',
  urlSecret: 'urlSecretFile',
  oidc: 'oidc',
  sns: 'sns',
};
const PAGES = readdirSync(FOLDER).filter((name) => name.endsWith('.md'));

/** The blocks of a language in a page. */
function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(FOLDER, page), 'utf8');
  return Array.from(text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)).flatMap(
    ([, found, block = '']) => (found === language ? [block] : []),
  );
}

/** The kinds of the table, each with the keys that it can be authenticated by. */
function tableOfKinds(): readonly (readonly [string, readonly string[]])[] {
  const text = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  return Array.from(text.matchAll(/^\| \[`([\w-]+)`\]\(([\w-]+\.md)\) +\|([^|]*)\|/gm)).map(
    ([, kind = '', , keys = '']) =>
      [kind, Array.from(keys.matchAll(/`(\w+)`/g), ([, key = '']) => key)] as const,
  );
}

const RECIPES = PAGES.flatMap((page) =>
  blocksOf(page, 'yaml')
    .filter((block) => /^sources:/m.test(block))
    .map((block) => [page, block] as const),
);

describe('the pages about sources', () => {
  it('name every kind and the ways that it can be authenticated', () => {
    const expected = SOURCE_KINDS.map((kind) => [
      kind,
      authFormsOf(kind).map((form) => KEYS[form]),
    ]);

    expect(tableOfKinds()).toEqual(expected);
  });

  it.each(RECIPES)('have in %s a configuration that loads', (_page, block) => {
    const folder = new ConfigFolder();
    for (const [path] of block.matchAll(/\.\/secrets\/[\w-]+/g)) {
      folder.write(path, 'a-secret-of-some-length-0123456789\n');
    }
    const [, kind] = /^sources:[\s\S]*?kind: ([\w-]+)/m.exec(block) ?? [];
    const yaml = [
      'listen: 127.0.0.1:0\ndatabase: sqlite:./tagward.db\nrepositories: [{ match: "**" }]',
      /^registries:/m.test(block) ? '' : 'registries: { local: { url: "http://reg.test" } }',
      block,
    ].join('\n');

    const settings = folder.load(yaml);

    expect(Array.from(settings.sources.values(), (source) => source.kind)).toContain(kind);
    folder.remove();
  });

  it('have a step for a pipeline that announces an image once', async () => {
    const service = await startService({ registryUrl: NOWHERE });
    const { folder } = service.config;
    writeFileSync(join(folder, 'secrets', 'ci-webhook'), `${WEBHOOK_SECRET}\n`);
    const [script = ''] = blocksOf('generic.md', 'sh');
    const env = { ...process.env, TAGWARD_URL: service.client.url, tag: '2.1.106' };
    const run = async () => {
      const { stdout } = await promisify(execFile)('sh', ['-ec', script], { cwd: folder, env });
      return Receipts.parse(JSON.parse(stdout)).deliveries;
    };

    const [first, again] = [await run(), await run()];

    expect(first).toMatchObject([
      { status: 'accepted', repository: 'local/gallery/ui', tag: '2.1.106' },
    ]);
    expect(again).toMatchObject([{ status: 'duplicate', id: first[0]?.id }]);
    await service.stop();
    service.config.remove();
  });
});
