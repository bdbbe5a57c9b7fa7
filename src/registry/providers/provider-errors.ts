import { headerOf, redactedUrl, type Answer } from '../answer';
import { RegistryError, type RegistryErrorCode } from '../registry-error';
import { retryAfterMs } from '../retry-after';
import { isPassingTrouble } from '../status-errors';

interface Fault {
  readonly code: RegistryErrorCode;
  /** What the user can do, or what the status says. */
  readonly advice: string;
  readonly retryable?: boolean;
}

const SECONDS = /^\d{1,12}$/;

/** Whether the API says that it is not itself at the moment, or is asked too often. */
export function isApiTrouble(answer: Answer): boolean {
  return isPassingTrouble(answer) || isLimited(answer);
}

/**
 * The error for a status that the caller cannot use. Nothing of the answer but its status gets into
 * the sentence: an API may repeat the token that it was asked with.
 */
export function apiStatusError(registryId: string, answer: Answer, now: number): RegistryError {
  const { method, url, status } = answer;
  const { code, advice, retryable = false } = faultOf(answer);
  const sentence = `The API of registry ${registryId} (registries.${registryId}.provider) answered ${status} to ${method} ${redactedUrl(url)}: ${advice}.`;
  const wait = waitOf(answer, now);
  return new RegistryError(code, sentence, {
    status,
    retryable,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

/** What came of a request without a usable answer, in words about the API. The cause is kept. */
export function apiNetworkError(registryId: string, url: URL, error: RegistryError): RegistryError {
  const setting = `registries.${registryId}.provider`;
  const advice: Partial<Record<RegistryErrorCode, string>> = {
    unreachable: `cannot be reached; check that it runs and that ${setting}.url is right`,
    timeout: 'did not answer in time',
    'certificate-untrusted': `has a certificate that is not trusted; if a private authority signed it, name that authority's certificate in registries.${registryId}.caFile`,
    'redirect-refused': `redirects to where nothing is asked; check ${setting}.url`,
    'answer-too-large': 'answers with more than is read',
    'unexpected-answer': `does not speak HTTP as an API does; check ${setting}.url`,
  };
  const said = advice[error.code] ?? `failed with ${error.code}`;
  const sentence = `The API of registry ${registryId} at ${redactedUrl(url)} ${said}.`;
  const { code, retryable, cause } = error;
  return new RegistryError(code, sentence, { retryable, cause });
}

/** An answer that the API's documentation does not know. Not retryable. */
export function apiAnswerError(
  registryId: string,
  answer: Pick<Answer, 'url' | 'status'>,
  what: string,
): RegistryError {
  const sentence = `The API of registry ${registryId} does not answer as documented at ${redactedUrl(answer.url)}: ${what}; check registries.${registryId}.provider.`;
  return new RegistryError('unexpected-answer', sentence, { status: answer.status });
}

function faultOf(answer: Answer): Fault {
  const { status } = answer;
  if (status === 429 || isLimited(answer)) {
    return { code: 'rate-limited', advice: 'it asks for fewer requests', retryable: true };
  }
  if (status === 408 || status === 499) {
    return { code: 'timeout', advice: 'it took too long', retryable: true };
  }
  if (status === 405 || status === 501) {
    return {
      code: 'unsupported',
      advice: 'it does not offer this; check the kind',
    };
  }
  if (status >= 500) {
    return { code: 'server-error', advice: 'it has trouble of its own', retryable: true };
  }
  return clientFault(answer);
}

function clientFault({ status, method }: Answer): Fault {
  switch (status) {
    case 401:
      return { code: 'unauthorized', advice: 'check the token', retryable: true };
    case 403:
      return {
        code: 'denied',
        advice: 'the tag is protected, or the token may not do this',
      };
    case 400:
    case 409:
    case 412:
    case 422:
      if (method === 'DELETE') {
        return {
          code: 'refused',
          advice: 'the tag is protected or immutable, or the last of its kind',
        };
      }
      break;
    default:
      break;
  }
  return {
    code: 'unexpected-answer',
    advice: 'it should not answer so; check the kind and the url',
  };
}

/** GitHub limits with 403 as well as with 429, and says so by its headers. */
function isLimited(answer: Answer): boolean {
  if (answer.status !== 403) return false;
  return (
    headerOf(answer, 'retry-after') !== undefined ||
    headerOf(answer, 'x-ratelimit-remaining') === '0'
  );
}

function waitOf(answer: Answer, now: number): number | undefined {
  const { status } = answer;
  if (status !== 429 && status !== 503 && !isLimited(answer)) return undefined;
  const asked = retryAfterMs(answer, now);
  if (asked !== undefined) return asked;
  const reset = headerOf(answer, 'x-ratelimit-reset') ?? '';
  if (headerOf(answer, 'x-ratelimit-remaining') !== '0' || !SECONDS.test(reset)) return undefined;
  return retryAfterMs({ headers: { 'x-retry-after': reset } }, now);
}
