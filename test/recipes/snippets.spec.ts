import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { source } from '../../src/config/source.schema';
import { READ_TOKEN, WEBHOOK_SECRET } from '../support/test-config';
import { AUDIENCE, CLAIMS, RecipeStage } from './recipe-stage';
import { RECIPES, runShell } from './run-shell';

let stage: RecipeStage;

beforeAll(async () => {
  stage = await RecipeStage.start();
});

beforeEach(() => {
  stage.number += 1;
});

afterAll(() => stage.stop());

describe('the other recipes', () => {
  const page = readFileSync(join(RECIPES, 'README.md'), 'utf8');

  beforeAll(() => {
    copyFileSync(join(RECIPES, 'announce.sh'), join(stage.folder, 'announce.sh'));
  });

  function snippets(language: string, text = page): readonly string[] {
    return Array.from(
      text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms')),
      ([, code = '']) => code,
    );
  }

  const pages = ['README.md', '../sources/oidc.md', '../sources/sns.md'];
  const Sources = z.object({ sources: z.record(z.string(), source) });

  it.each(pages)('are YAML where they say so, and legal sources: %s', (name) => {
    const text = readFileSync(join(RECIPES, name), 'utf8');

    const parsed = snippets('yaml', text).map((code): unknown => parse(code));

    const sources = parsed.filter((value) => JSON.stringify(value).includes('"sources":'));
    expect(sources).not.toEqual([]);
    expect(sources.map((value) => Sources.safeParse(value).error)).toEqual(
      sources.map(() => undefined),
    );
  });

  const Job = z.object({
    announce: z.object({
      id_tokens: z.record(z.string(), z.object({ aud: z.string() })),
      variables: z.record(z.string(), z.string()),
      script: z.array(z.string()),
    }),
  });

  it('work on GitLab', async () => {
    stage.push('2.1.106');
    const [job] = snippets('yaml').flatMap(
      (code) => Job.safeParse(parse(code)).data?.announce ?? [],
    );
    const [[tokenName, { aud }] = ['', { aud: '' }]] = Object.entries(job?.id_tokens ?? {});
    const token = await stage.issuer.token({ claims: { aud, ...CLAIMS } });
    const resolved = Object.entries(job?.variables ?? {}).map(
      ([name, value]) => [name, value.replace('$CI_COMMIT_TAG', '2.1.106')] as const,
    );
    const own = {
      TAGWARD_URL: stage.service.client.url,
      TAGWARD_REPOSITORY: stage.repository,
      TAGWARD_SOURCE: 'tokens',
    };

    const ended = await runShell(job?.script.join('\n') ?? '', {
      cwd: stage.folder,
      env: {
        ...Object.fromEntries(resolved),
        ...own,
        [tokenName]: token,
        TAGWARD_READ_TOKEN: READ_TOKEN,
        CI_JOB_ID: '9',
      },
    });

    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('moved 2.1 ');
  });

  it('work on Jenkins', async () => {
    stage.push('2.1.106');
    const [code = ''] = snippets('groovy');
    const set = Object.fromEntries(
      Array.from(
        code.matchAll(/^ +(TAGWARD_\w+) = (?:'(.*)'|"\$\{env\.TAG_NAME\}"|credentials\('.*'\))$/gm),
        ([, name = '', text = '']) => [name, text] as const,
      ),
    );
    const [, command = ''] = /sh '(.*)'/.exec(code) ?? [];
    const own = {
      TAGWARD_URL: stage.service.client.url,
      TAGWARD_REPOSITORY: stage.repository,
      TAGWARD_TAG: '2.1.106',
    };
    const secret = { TAGWARD_SECRET_FILE: stage.file('jenkins', WEBHOOK_SECRET) };

    const ended = await runShell(command, {
      cwd: stage.folder,
      env: {
        ...set,
        ...own,
        ...secret,
        TAGWARD_READ_TOKEN: READ_TOKEN,
        BUILD_URL: 'https://jenkins.test/job/ui/1/',
      },
    });

    expect(Object.keys(set)).toEqual(expect.arrayContaining(Object.keys({ ...own, ...secret })));
    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('moved 2.1 ');
  });

  it('work anywhere else', async () => {
    stage.push('2.1.106');
    stage.file('webhook-secret', WEBHOOK_SECRET);
    const [command = ''] = snippets('sh');
    const own = command
      .replace(AUDIENCE, stage.service.client.url)
      .replace('gallery/ui', stage.repository);

    const ended = await runShell(own, {
      cwd: stage.folder,
      env: { TAGWARD_READ_TOKEN: READ_TOKEN },
    });

    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('moved 2.1 ');
  });
});
