import { z } from 'zod';
import type { Check } from '../core/diagnosis';
import { type ApiClient, problemIn, type ServiceAnswer } from './api-client';

/** An answer tells whole seconds and takes a moment; holds and soaks do not mind so little. */
const SKEW_MS = 30_000;

/** Services of earlier versions say `ok` and no more. */
const Ready = z.object({
  status: z.enum(['ok', 'degraded']),
  checks: z.array(z.object({ status: z.string(), text: z.string() })).default([]),
});

/**
 * Whether a service is ready and tells the same time as this machine; `now` is UTC milliseconds.
 * Throws ApiError when nothing answers, or something else than a Tagward.
 */
export async function checkService(
  service: ApiClient,
  now: () => number,
): Promise<readonly Check[]> {
  const answer = await service.look('readyz');
  const text = `${service.origin} answers`;
  const reach: Check = { name: 'reach', status: 'ok', text };
  return [reach, checkReady(service, answer), ...checkSkew(answer, now())];
}

function checkReady(service: ApiClient, answer: ServiceAnswer): Check {
  const name = 'ready';
  const ready = Ready.safeParse(answer.json);
  if (answer.status === 200 && ready.success) return describeReady(name, ready.data);
  const problem = problemIn(answer);
  if (answer.status !== 503 || problem === undefined) throw service.notUnderstood();
  const fix = FIXES.get(problem.code) ?? 'look into its log';
  return { name, status: 'fail', text: problem.detail, fix };
}

function describeReady(name: string, { status, checks }: z.infer<typeof Ready>): Check {
  const degraded = checks.filter((check) => check.status === 'degraded');
  if (status === 'ok' || degraded.length === 0) {
    const text = 'its database takes writes, and has the schema of this service';
    return { name, status: 'ok', text };
  }
  const text = degraded.map((check) => check.text).join('; ');
  return { name, status: 'warn', text, fix: 'see what the checks of the registry say' };
}

const FIXES: ReadonlyMap<string, string> = new Map([
  [
    'store-unavailable',
    'see that the disk of its database has room, and that the file may be written',
  ],
  ['stopping', 'wait until it has started again'],
]);

function checkSkew({ date }: ServiceAnswer, now: number): readonly Check[] {
  if (date === undefined) return [];
  const name = 'clock';
  const skew = now - date;
  if (Math.abs(skew) <= SKEW_MS) {
    return [{ name, status: 'ok', text: 'its clock and that of this machine agree' }];
  }
  const seconds = Math.round(Math.abs(skew) / 1_000);
  const text = `its clock is ${seconds} s ${skew > 0 ? 'behind' : 'ahead of'} that of this machine`;
  return [{ name, status: 'warn', text, fix: 'let NTP set both clocks' }];
}
