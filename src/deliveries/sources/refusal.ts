import { DomainError } from '../../core/domain-error';
import { REFUSAL } from './source';

/** Why a sender was refused; for the log and for counts, and never for an answer. */
export type RefusalCause =
  | 'nothing-sent'
  | 'signature-wrong'
  | 'token-wrong'
  | 'url-secret-wrong'
  /** All is right but the time: the sender's clock, or a request that was kept back. */
  | 'clock'
  | 'issuer-other'
  | 'audience-other'
  | 'key-unknown'
  | 'token-expired'
  | 'token-used'
  | 'token-invalid'
  | 'message-invalid'
  | 'message-other'
  | 'certificate-invalid';

interface RefusalDetails {
  /** UTC milliseconds by the clock of an otherwise authentic sender. */
  readonly sentAt?: number | undefined;
  readonly cause?: unknown;
}

/** Hidden behind the one sentence that every refused sender gets. */
class Refusal extends Error {
  readonly sentAt: number | undefined;

  constructor(
    readonly reason: RefusalCause,
    { sentAt, cause }: RefusalDetails,
  ) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'Refusal';
    this.sentAt = sentAt;
  }
}

/** `authentication-failed`, with its cause for those who operate the service. */
export function refusal(reason: RefusalCause, details: RefusalDetails = {}): DomainError {
  const cause = new Refusal(reason, details);
  return new DomainError('authentication-failed', REFUSAL, { cause });
}

export interface SeenRefusal {
  readonly cause: RefusalCause | 'claim-refused' | 'source-unknown';
  readonly sentAt: number | undefined;
}

/** What an error says of a refused sender; undefined for any other error. */
export function refusalIn(error: unknown): SeenRefusal | undefined {
  if (!(error instanceof DomainError)) return undefined;
  const { code, cause } = error;
  if (cause instanceof Refusal) return { cause: cause.reason, sentAt: cause.sentAt };
  if (code === 'claim-refused' || code === 'source-unknown') {
    return { cause: code, sentAt: undefined };
  }
  return undefined;
}
