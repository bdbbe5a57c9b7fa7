import { redactedUrl, type Answer } from './answer';
import { readErrorCodes } from './answers.schema';
import { RegistryError, type RegistryErrorCode } from './registry-error';
import { retryAfterMs } from './retry-after';

/** Statuses that a moment's wait often cures (registries.md, section 5). */
const TRANSIENT = new Set([408, 499, 500, 502, 503, 504, 522]);
const UNKNOWN_NAME = new Set(['NAME_UNKNOWN', 'NOT_FOUND']);
const NOT_OFFERED = /^(?:UNSUPPORTED|METHOD_)/;

interface Fault {
  readonly code: RegistryErrorCode;
  /** What the user can do, or what the status says. */
  readonly advice: string;
  readonly retryable?: boolean;
}

export function isTransientStatus(status: number): boolean {
  return TRANSIENT.has(status);
}

/** Whether the answer says that the registry is not itself at the moment, or too busy. */
export function isPassingTrouble({ status }: Answer): boolean {
  return TRANSIENT.has(status) || status === 429 || (status > 501 && status < 600);
}

/** Whether the registry says that it does not know the repository, not merely that of a 404. */
export function isUnknownRepository(answer: Answer): boolean {
  return (
    answer.status === 404 && readErrorCodes(answer.body).some((code) => UNKNOWN_NAME.has(code))
  );
}

/** Whether the registry says that it does not offer what was asked, whatever the status. */
export function isNotOffered({ status, body }: Answer): boolean {
  if (status === 405 || status === 501) return true;
  return status === 400 && readErrorCodes(body).some((code) => NOT_OFFERED.test(code));
}

/** The error for a status that the caller cannot use. The body is read for its codes only. */
export function statusError(registryId: string, answer: Answer, now: number): RegistryError {
  const registryCodes = readErrorCodes(answer.body);
  const { code, advice, retryable } = faultOf(registryId, answer, registryCodes);
  const { method, url, status } = answer;
  const codes = registryCodes.length === 0 ? '' : ` ${registryCodes.join(', ')}`;
  const sentence = `Registry ${registryId} answered ${status}${codes} to ${method} ${redactedUrl(url)}: ${advice}.`;
  const wait = status === 429 || status === 503 ? retryAfterMs(answer, now) : undefined;
  return new RegistryError(code, sentence, {
    status,
    registryCodes,
    retryable: retryable ?? false,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

function faultOf(registryId: string, answer: Answer, codes: readonly string[]): Fault {
  const { status } = answer;
  if (status === 400) return badRequest(answer, codes);
  if (isNotOffered(answer)) return { code: 'unsupported', advice: 'it does not offer this' };
  if (status === 408 || status === 499) {
    return { code: 'timeout', advice: 'it took too long', retryable: true };
  }
  if (status >= 500) {
    return { code: 'server-error', advice: 'it has trouble of its own', retryable: true };
  }
  return clientFault(registryId, answer);
}

function clientFault(registryId: string, { status, method }: Answer): Fault {
  const account = `registries.${registryId}.auth`;
  switch (status) {
    case 401:
      return { code: 'unauthorized', advice: `check ${account}`, retryable: true };
    case 403:
      return { code: 'denied', advice: `the account of ${account} may not do this` };
    case 404:
      return { code: 'manifest-unknown', advice: 'the repository or manifest is not there' };
    case 409:
    case 412:
      return { code: 'refused', advice: 'the tag or manifest is protected or still in use' };
    case 413:
      return method === 'PUT'
        ? { code: 'manifest-invalid', advice: 'the manifest is too large for it' }
        : unexpected(registryId);
    case 429:
      return { code: 'rate-limited', advice: 'it asks for fewer requests', retryable: true };
    default:
      return unexpected(registryId);
  }
}

function badRequest(answer: Answer, codes: readonly string[]): Fault {
  if (codes.includes('MANIFEST_BLOB_UNKNOWN')) {
    const advice = 'a child or layer of the manifest is not there, or not yet';
    return { code: 'manifest-blob-unknown', advice, retryable: true };
  }
  if (codes.includes('GOOGLE_MANIFEST_DANGLING_TAG')) {
    return { code: 'refused', advice: 'tags still point at the manifest' };
  }
  if (isNotOffered(answer)) return { code: 'unsupported', advice: 'it does not offer this' };
  if (answer.method === 'PUT') {
    return { code: 'manifest-invalid', advice: 'it does not take this manifest or tag' };
  }
  return { code: 'unexpected-answer', advice: 'it does not understand the request' };
}

function unexpected(registryId: string): Fault {
  const advice = `the protocol does not allow this answer; check registries.${registryId}.url`;
  return { code: 'unexpected-answer', advice };
}
