import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import { Receipts, DeliveryAnswer } from '../../src/deliveries/delivery.schema';
import { TagAtAnswer } from '../../src/history/history.schema';
import {
  ExecutionAnswer,
  RetentionPlanAnswer,
  RetentionRunAnswer,
} from '../../src/retention/retention.schema';

const PATIENCE_MS = 60_000;
const POLL_MS = 20;

export interface Credentials {
  readonly webhookSecret: string;
  readonly opsToken: string;
}

/** Talks to the service as a pipeline and an operator would: over HTTP only. */
export class DemoClient {
  constructor(
    readonly url: string,
    private readonly credentials: Credentials,
  ) {}

  /** Sends a signed webhook and waits until it has been worked on. */
  async release(repository: string, tag: string, at: Date, id: string): Promise<DeliveryAnswer> {
    const data = { registry: 'local', repository, tag };
    const body = JSON.stringify({ type: 'image.published', timestamp: at.toISOString(), data });
    const timestamp = String(Math.floor(at.getTime() / 1_000));
    const signature = createHmac('sha256', this.credentials.webhookSecret)
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64');
    const headers = {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    };
    const answer = await fetch(`${this.url}/webhooks/ci`, { method: 'POST', headers, body });
    const { deliveries } = Receipts.parse(await readJson(answer));
    const [delivery] = deliveries;
    if (delivery === undefined) throw new Error(`the webhook for ${tag} was not stored`);
    return this.settled(delivery.id);
  }

  /** What a tag pointed at at a time; undefined when it did not exist. */
  async at(slug: string, tag: string, time: string): Promise<TagAtAnswer | undefined> {
    const path = `repositories/${slug}/tags/${tag}/at?time=${encodeURIComponent(time)}`;
    const answer = await fetch(`${this.url}/api/v1/${path}`);
    if (answer.status === 404) return undefined;
    return TagAtAnswer.parse(await readJson(answer));
  }

  async planRetention(slug: string): Promise<RetentionPlanAnswer> {
    const answer = await this.post(`repositories/${slug}/retention-plans`, {});
    return RetentionPlanAnswer.parse(await readJson(answer));
  }

  /** Executes a plan and waits for its run to end. */
  async prune(plan: RetentionPlanAnswer): Promise<RetentionRunAnswer> {
    const headers = { 'If-Match': `"${plan.planHash}"` };
    const answer = await this.post(`retention-plans/${plan.id}/executions`, headers);
    const { run } = ExecutionAnswer.parse(await readJson(answer));
    return this.poll(
      `retention-runs/${run.id}`,
      RetentionRunAnswer,
      ({ status }) => status !== 'running',
    );
  }

  private settled(id: number): Promise<DeliveryAnswer> {
    return this.poll(`deliveries/${id}`, DeliveryAnswer, ({ status }) => status !== 'pending');
  }

  private async poll<Answer>(
    path: string,
    schema: z.ZodType<Answer>,
    isDone: (answer: Answer) => boolean,
  ): Promise<Answer> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = schema.parse(await readJson(await fetch(`${this.url}/api/v1/${path}`)));
      if (isDone(answer)) return answer;
      if (performance.now() > deadline) {
        throw new Error(`${path} does not end: ${JSON.stringify(answer)}`);
      }
      await pause(POLL_MS);
    }
  }

  private post(path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    const authorization = { Authorization: `Bearer ${this.credentials.opsToken}` };
    return fetch(`${this.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { ...authorization, ...headers },
    });
  }
}

async function readJson(answer: Response): Promise<unknown> {
  const json: unknown = await answer.json();
  if (!answer.ok)
    throw new Error(`${answer.url} answered ${answer.status}: ${JSON.stringify(json)}`);
  return json;
}
