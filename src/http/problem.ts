import { z } from 'zod';
import { DomainError, type DomainErrorCode } from '../core/domain-error';
import { RegistryError, type RegistryErrorCode } from '../registry/registry-error';

/** RFC 9457. */
export const ProblemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
});
export type Problem = Readonly<z.infer<typeof ProblemSchema>>;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Too slow',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition failed',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Unprocessable',
  428: 'Precondition required',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  502: 'Registry trouble',
  503: 'Not available now',
};

const DOMAIN_STATUS: Readonly<Record<DomainErrorCode, number>> = {
  'authentication-failed': 401,
  'claim-refused': 403,
  'issuer-unavailable': 503,
  'token-missing': 401,
  'scope-missing': 403,
  'source-unknown': 404,
  'path-invalid': 400,
  'request-malformed': 400,
  'request-timeout': 408,
  'headers-too-large': 431,
  'route-unknown': 404,
  'method-not-allowed': 405,
  'body-invalid': 422,
  'body-too-large': 413,
  'media-type-unsupported': 415,
  'encoding-unsupported': 415,
  'query-invalid': 400,
  'precondition-invalid': 400,
  'registry-unknown': 422,
  'repository-not-allowed': 403,
  'repository-unknown': 404,
  'repository-invalid': 422,
  'rules-ambiguous': 500,
  'tag-invalid': 422,
  'digest-invalid': 422,
  'tag-unknown': 404,
  'tag-not-present': 404,
  'release-unknown': 404,
  'release-withdrawn': 409,
  'withdrawal-unknown': 404,
  'hold-unknown': 404,
  'not-a-moving-tag': 422,
  'precondition-failed': 412,
  'delivery-unknown': 404,
  'delivery-not-replayable': 409,
  'inbox-full': 503,
  'rate-limited': 429,
  'range-too-large': 422,
  conflict: 409,
  'not-a-release': 422,
  'digest-mismatch': 409,
  'inventory-unreadable': 409,
  'policy-missing': 409,
  'policy-off': 409,
  'plan-unknown': 404,
  'plan-stale': 412,
  'plan-expired': 410,
  'plan-not-executable': 409,
  'approval-missing': 409,
  'pin-unknown': 404,
  'reporter-unknown': 404,
  'tag-exists': 409,
  'restore-window-over': 410,
  'precondition-missing': 428,
  'run-unknown': 404,
  'deletion-unsafe': 500,
  'lease-held': 409,
  'lease-lost': 409,
  'store-unavailable': 503,
  'database-in-use': 503,
  'database-unsafe': 503,
  stopping: 503,
  internal: 500,
};

/** What the user asked for is not there; any other trouble with a registry is a 502. */
const REGISTRY_STATUS: Partial<Record<RegistryErrorCode, number>> = {
  'manifest-unknown': 404,
  'registry-unknown': 422,
};

/** Puts an error into words for the client. An unforeseen one says nothing but its request id. */
export function toProblem(error: unknown, requestId: string): Problem {
  if (error instanceof DomainError) {
    return problem(DOMAIN_STATUS[error.code], error.code, error.message, requestId);
  }
  if (error instanceof RegistryError) {
    return problem(REGISTRY_STATUS[error.code] ?? 502, error.code, error.message, requestId);
  }
  return problem(500, 'internal', 'an internal error; the log has it by requestId', requestId);
}

/** An unknown source and a wrong signature must look alike but for status, title and code. */
const TYPES: Partial<Record<string, string>> = { 'source-unknown': 'authentication-failed' };

function problem(status: number, code: string, detail: string, requestId: string): Problem {
  const type = `urn:tagward:problem:${TYPES[code] ?? code}`;
  return { type, title: TITLES[status] ?? 'Error', status, detail, code, requestId };
}
