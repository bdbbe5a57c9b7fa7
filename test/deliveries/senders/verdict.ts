import type { Delivered, SentRequest, SenderStage } from './sender-stage';

/** What became of a request with one event: towards its sender, and in the store. */
interface Verdict {
  readonly answer: number;
  readonly told: string;
  readonly stored: string;
  readonly code: string | null;
  /** Whether the sender is told the reason that is stored. */
  readonly isExplained: boolean;
}

/** What is accepted may have been tried already, at a registry that nobody reaches: no reason of ours. */
function verdictOf({ status, receipt, stored }: Delivered): Verdict {
  const verdict = { answer: status, told: receipt.status, stored: stored.status };
  if (receipt.status === 'accepted') return { ...verdict, code: null, isExplained: true };
  const { code, text } = stored.error ?? { code: null, text: undefined };
  return { ...verdict, code, isExplained: receipt.reason === text };
}

export async function verdictOn(stage: SenderStage, request: SentRequest): Promise<Verdict> {
  return verdictOf(await stage.deliver(request));
}

const TAKEN = { answer: 202, isExplained: true };

export const ACCEPTED: Verdict = { ...TAKEN, told: 'accepted', stored: 'pending', code: null };
export const REJECTED: Verdict = {
  ...{ ...TAKEN, told: 'rejected', stored: 'ignored', code: 'event-invalid' },
};

export function ignoredAs(code: string): Verdict {
  return { ...TAKEN, told: 'ignored', stored: 'ignored', code };
}

/** How a request is answered after another one, and whether it is that one's delivery. */
export async function repeatOf(
  stage: SenderStage,
  request: SentRequest,
  again = request,
): Promise<readonly [number, string, boolean]> {
  const first = await stage.deliver(request);
  const { status, receipt } = await stage.deliver(again);
  return [status, receipt.status, receipt.id === first.receipt.id];
}

export const DUPLICATE = [200, 'duplicate', true];
