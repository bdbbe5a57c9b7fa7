import {
  ExecutionAnswer,
  RetentionPlanAnswer,
  RetentionRunAnswer,
} from '../../src/retention/retention.schema';
import { bearer, type HttpAnswer } from '../support/service';
import { ADMIN_TOKEN, OPERATE_TOKEN } from '../support/test-config';
import { DAY, type Stage, type StageOptions } from '../tagging/stage';
import type { TestRepository } from '../tagging/test-repository';

/** One policy for all repositories that keeps what one of the conditions keeps. */
export function withPolicy(
  conditions: string,
  { mode = 'dry-run' }: { readonly mode?: string } = {},
): StageOptions {
  return {
    rules: ['retention: { policy: standard }'],
    retention: [
      'policies:',
      '  standard:',
      `    mode: ${mode}`,
      `    rules: [{ class: release, keep: { any: [${conditions}] } }]`,
    ],
  };
}

/** A policy for all repositories as YAML lines, without its name. */
export function withRetention(lines: readonly string[], schedule?: string): StageOptions {
  return {
    rules: ['retention: { policy: standard }'],
    retention: [
      ...(schedule === undefined ? [] : [`schedule: "${schedule}"`]),
      ...['policies:', '  standard:', ...lines.map((line) => `    ${line}`)],
    ],
  };
}

/** A repository whose releases came out ten days apart, the last one ten days ago. */
export async function withReleases(
  { clock, repository }: Stage,
  tags: readonly string[],
): Promise<TestRepository> {
  const fresh = repository();
  for (const tag of tags) {
    await fresh.publish(tag);
    clock.advance(10 * DAY);
  }
  return fresh;
}

export async function planFor({ client, slug }: TestRepository): Promise<RetentionPlanAnswer> {
  const path = `repositories/${slug}/retention-plans`;
  const answer = await client.post(path, {}, bearer(OPERATE_TOKEN));
  return RetentionPlanAnswer.parse(answer.json);
}

export function readPlan({ client }: TestRepository, id: number): Promise<HttpAnswer> {
  return client.get(`retention-plans/${id}`);
}

/** Asks for the run of a plan. */
export function execute(
  { client }: TestRepository,
  id: number,
  ifMatch?: string,
  token = ADMIN_TOKEN,
  body: Readonly<Record<string, unknown>> = {},
): Promise<HttpAnswer> {
  const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };
  return client.post(`retention-plans/${id}/executions`, body, { ...bearer(token), ...headers });
}

/** Begins the run of a plan whose notice has not ended; gives its id. */
export async function begin(
  repository: TestRepository,
  { id, planHash }: RetentionPlanAnswer,
): Promise<number> {
  const answer = await execute(repository, id, planHash);
  return ExecutionAnswer.parse(answer.json).run.id;
}

export function restore(
  { client, slug }: TestRepository,
  tag: string,
  body: Readonly<Record<string, unknown>> = {},
): Promise<HttpAnswer> {
  return client.post(`repositories/${slug}/tags/${tag}/restorations`, body, bearer(ADMIN_TOKEN));
}

export function pin(
  { client, slug }: TestRepository,
  target: string,
  body: Readonly<Record<string, unknown>> = { reason: 'a barrier' },
): Promise<HttpAnswer> {
  return client.put(`repositories/${slug}/pins/${target}`, body);
}

/** The internal tag that keeps a digest restorable. */
export function restoreTagFor(digest: string): string {
  return `tagward-restore-${digest.replace(':', '-')}`;
}

/** Executes a plan and waits for the end of its run. */
export async function run(
  repository: TestRepository,
  { id, planHash }: RetentionPlanAnswer,
): Promise<RetentionRunAnswer> {
  const answer = await execute(repository, id, `"${planHash}"`);
  return whenEnded(repository, ExecutionAnswer.parse(answer.json).run.id);
}

export function whenEnded({ client }: TestRepository, runId: number): Promise<RetentionRunAnswer> {
  return client.until(
    async () => RetentionRunAnswer.parse((await client.get(`retention-runs/${runId}`)).json),
    ({ status }) => status !== 'running',
  );
}

/** `delete by tag`, `keep moving-target`, `blocked shares-digest`, by tag. */
export function verdictsOf({ decisions }: RetentionPlanAnswer): Record<string, string> {
  return Object.fromEntries(
    decisions.map(({ tag, verdict, form, reasons }) => {
      const why = form === undefined ? reasons.map(({ code }) => code).join(' ') : `by ${form}`;
      return [tag, `${verdict} ${why}`];
    }),
  );
}

export function deletionsOf({ decisions }: RetentionPlanAnswer): readonly string[] {
  return decisions.filter(({ verdict }) => verdict === 'delete').map(({ tag }) => tag);
}

/** The state of each item, with the code of its reason, by tag. */
export function statesOf({ items }: RetentionRunAnswer): Record<string, string> {
  return Object.fromEntries(
    items.map(({ tag, state, reason }) => [
      tag,
      `${state ?? 'none'}${reason === undefined ? '' : ` ${reason.code}`}`,
    ]),
  );
}
