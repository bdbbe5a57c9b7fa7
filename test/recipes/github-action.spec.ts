import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { READ_TOKEN, WEBHOOK_SECRET } from '../support/test-config';
import { AUDIENCE, CLAIMS, RecipeStage } from './recipe-stage';
import {
  type Ended,
  RECIPES,
  runShell,
  type SeenRequest,
  startFront,
  type Variables,
} from './run-shell';

const TOKEN_REQUEST = 'a-token-to-ask-for-tokens';

let stage: RecipeStage;

beforeAll(async () => {
  stage = await RecipeStage.start();
});

beforeEach(() => {
  stage.number += 1;
});

afterAll(() => stage.stop());

const Action = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string().optional() })),
  outputs: z.record(z.string(), z.object({ value: z.string() })),
  runs: z.object({
    using: z.literal('composite'),
    steps: z.tuple([
      z.object({
        id: z.string(),
        shell: z.literal('sh'),
        env: z.record(z.string(), z.string()),
        run: z.string(),
      }),
    ]),
  }),
});

describe('the GitHub action', () => {
  const action = Action.parse(
    parse(readFileSync(join(RECIPES, 'github-action/action.yml'), 'utf8')),
  );
  const [step] = action.runs.steps;

  /** Runs the step as GitHub does: inputs in their places, and files for what it says. */
  async function runAction(
    inputs: Variables,
    job: Variables = {},
  ): Promise<Ended & { outputs: Variables; summary: string }> {
    const [output, summary] = [stage.file('output', ''), stage.file('summary', '')];
    const env = Object.entries(step.env).map(([name, text]) => {
      const value = text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_all, input: string) => {
        return inputs[input] ?? action.inputs[input]?.default ?? '';
      });
      return [name, value] as const;
    });
    const ended = await runShell(step.run, {
      cwd: stage.folder,
      env: {
        ...Object.fromEntries(env),
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTION_PATH: join(RECIPES, 'github-action'),
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: 'acme/ui',
        GITHUB_RUN_ID: String(stage.number),
        GITHUB_RUN_ATTEMPT: '1',
        ...job,
      },
    });
    const lines = readFileSync(output, 'utf8').trimEnd().split('\n');
    const outputs = Object.fromEntries(
      lines.map(
        (line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)] as const,
      ),
    );
    return { ...ended, outputs, summary: readFileSync(summary, 'utf8') };
  }

  function inputs(more: Variables = {}): Variables {
    const given = {
      url: stage.service.client.url,
      registry: 'local',
      repository: stage.repository,
      tag: '2.1.106',
    };
    return { ...given, 'read-token': READ_TOKEN, ...more };
  }

  it('has outputs that its step sets', async () => {
    stage.push('2.1.106');

    const { outputs } = await runAction(inputs({ secret: WEBHOOK_SECRET }));

    expect(Object.values(action.outputs).map(({ value }) => value)).toEqual(
      Object.keys(outputs).map((name) => `\${{ steps.${step.id}.outputs.${name} }}`),
    );
  });

  it('moves tags with a secret, says which, and links the run', async () => {
    stage.push('2.1.106');

    const ended = await runAction(inputs({ secret: WEBHOOK_SECRET }));

    expect(ended.status).toBe(0);
    expect(ended.outputs['moved']?.split(' ').sort()).toEqual(['2', '2.1', 'latest']);
    expect(ended.outputs).toMatchObject({ skipped: '', outcome: 'done' });
    expect(ended.summary).toContain(`### Tagward: ${stage.repository} 2.1.106`);
    expect(ended.summary).toMatch(/^ {4}moved 2\.1 from nothing to 2\.1\.106: /m);
    const delivery = await stage.service.client.get(
      `deliveries/${ended.outputs['delivery'] ?? ''}`,
      READ_TOKEN,
    );
    expect(delivery.json).toMatchObject({
      runUrl: `https://github.com/acme/ui/actions/runs/${stage.number}`,
    });
  });

  it('names what was skipped', async () => {
    stage.push('2.1.106');
    await runAction(inputs({ secret: WEBHOOK_SECRET }));
    stage.push('2.1.105');

    const { outputs } = await runAction(inputs({ secret: WEBHOOK_SECRET, tag: '2.1.105' }));

    expect(outputs['moved']).toBe('');
    expect(outputs['skipped']?.split(' ')).toContain('2.1');
  });

  it('sends the token of the job, asked for with our audience, without any secret', async () => {
    stage.push('2.1.106');
    const asked: SeenRequest[] = [];
    const github = await startFront('', async (request) => {
      asked.push(request);
      const value = await stage.issuer.token({ claims: { aud: AUDIENCE, ...CLAIMS } });
      return { status: 200, body: JSON.stringify({ count: 1, value }) };
    });

    const ended = await runAction(inputs({ source: 'tokens', audience: AUDIENCE }), {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${github.url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: TOKEN_REQUEST,
    });
    await github.stop();

    expect(ended.status).toBe(0);
    expect(ended.outputs['moved']).toContain('2.1');
    const [request] = asked;
    const query = new URL(request?.path ?? '', github.url).searchParams;
    expect([query.get('api-version'), query.get('audience')]).toEqual(['2.0', AUDIENCE]);
    expect(request?.headers['authorization']).toBe(`Bearer ${TOKEN_REQUEST}`);
  });

  it('says what is missing without a secret and without leave for a token', async () => {
    const ended = await runAction(inputs());

    expect(ended.status).toBe(2);
    expect(ended.stdout).toMatch(/^::error title=Tagward::nothing to prove .*id-token: write/m);
  });

  it('shows a refusal beside the run', async () => {
    const ended = await runAction(inputs({ secret: 'wrong' }));

    expect(ended.status).toBe(1);
    expect(ended.stdout).toMatch(/^::error title=Tagward::401: the request could not be auth/m);
  });

  it('keeps an input from becoming a command', async () => {
    const ended = await runAction(inputs({ secret: WEBHOOK_SECRET, tag: '1"; touch hacked; "' }));

    expect(ended.status).toBe(2);
    expect((await runShell('ls', { cwd: stage.folder })).stdout).not.toContain('hacked');
  });
});
