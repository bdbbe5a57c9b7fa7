import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ToolName } from '../scripts/peers';
import {
  ExecutionAnswer,
  RetentionPlanAnswer,
  RetentionRunAnswer,
} from '../src/retention/retention.schema';
import { RepositoryAnswer } from '../src/history/history.schema';
import { numbered } from '../test/retention/many-images';
import { bearer, type ServiceClient } from '../test/support/service';
import { ADMIN_TOKEN } from '../test/support/test-config';
import { DOOMED } from './prune-repositories';
import { runnableTool } from '../scripts/runnable-tool';

const POLL_MS = 50;
const ADOPTION_POLL_MS = 200;
const run = promisify(execFile);

export interface PruneContender {
  readonly name: string;
  /** Why it does not take part. */
  readonly skipped?: string;
  /** Whatever comes before the deletion and is not measured. */
  prepare(path: string): Promise<void>;
  /** What is measured. */
  prune(path: string): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** One deletion after the other, as a script does it. */
export function tool(
  id: ToolName,
  { host, unable }: { readonly host: string; readonly unable?: string },
): PruneContender {
  const found = runnableTool(id);
  const name = CALLS[id]?.name ?? id;
  if (unable !== undefined) return { name, skipped: unable, prepare: nothing, prune: nothing };
  if (typeof found === 'string') {
    return { name, skipped: found, prepare: nothing, prune: nothing };
  }
  return {
    name,
    prepare: nothing,
    prune: async (path) => {
      for (const tag of numbered('sha', DOOMED)) {
        const call = CALLS[id]?.call(host, `${host}/${path}:${tag}`) ?? [];
        await run(found.path, [...call], { env: found.env });
      }
    },
  };
}

const CALLS: Readonly<
  Partial<
    Record<
      ToolName,
      { readonly name: string; readonly call: (host: string, image: string) => readonly string[] }
    >
  >
> = {
  regctl: {
    name: 'regctl tag delete',
    call: (host, image) => ['tag', 'delete', '--host', `reg=${host},tls=disabled`, image],
  },
  crane: { name: 'crane delete', call: (_host, image) => ['delete', '--insecure', image] },
};

/** The run of a plan: from the request to its end, with the look at the registry before it. */
export function tagward(client: ServiceClient): PruneContender {
  const plans = new Map<string, RetentionPlanAnswer>();
  return {
    name: 'Tagward, the run of a plan',
    prepare: async (path) => {
      await adopt(client, slugOf(path));
      plans.set(path, await plan(client, slugOf(path)));
    },
    prune: async (path) => {
      const { id, planHash } = plans.get(path) ?? { id: 0, planHash: '' };
      const headers = { ...bearer(ADMIN_TOKEN), 'if-match': planHash };
      const begun = await client.post(`retention-plans/${id}/executions`, {}, headers);
      await ended(client, ExecutionAnswer.parse(begun.json).run.id);
    },
  };
}

/** The same with the plan before it. */
export function tagwardWithPlan(client: ServiceClient): PruneContender {
  const planned = tagward(client);
  return {
    name: 'Tagward, plan and run',
    prepare: (path) => adopt(client, slugOf(path)),
    prune: async (path) => {
      await planned.prepare(path);
      await planned.prune(path);
    },
  };
}

function slugOf(path: string): string {
  return `local~${path.replaceAll('/', '~')}`;
}

/** Takes a repository in; at once where that was done before. */
async function adopt(client: ServiceClient, slug: string): Promise<void> {
  const isKnown = async (): Promise<boolean> => {
    const { status, json } = await client.get(`repositories/${slug}`);
    return status === 200 && RepositoryAnswer.parse(json).lastSweptAt !== null;
  };
  if (await isKnown()) return;
  await client.post(`repositories/${slug}/reconciliations`);
  while (!(await isKnown())) await pause(ADOPTION_POLL_MS);
}

async function plan(client: ServiceClient, slug: string): Promise<RetentionPlanAnswer> {
  const answer = await client.post(`repositories/${slug}/retention-plans`);
  return RetentionPlanAnswer.parse(answer.json);
}

async function ended(client: ServiceClient, id: number): Promise<void> {
  for (;;) {
    const { json } = await client.get(`retention-runs/${id}`);
    const { status, items } = RetentionRunAnswer.parse(json);
    const pruned = items.filter(({ state }) => state === 'pruned').length;
    if (status === 'done' && pruned === DOOMED) return;
    if (status !== 'running') throw new Error(`run ${id} is ${status} after ${pruned} tags`);
    await pause(POLL_MS);
  }
}
