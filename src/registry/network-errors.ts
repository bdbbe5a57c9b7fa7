import type { RegistrySettings } from '../config/settings';
import { redactedUrl } from './answer';
import { RegistryError } from './registry-error';

/** Nothing was sent: no connection came about. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const TIMEOUTS = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'BODY_TOO_SLOW',
  'ENDLESS_INTERIM',
]);
const STOPPED = new Set(['UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);
const CERTIFICATE =
  /^(?:CERT_|SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|INVALID_CA|ERR_OSSL_|ERR_TLS_CERT)/;

/** Instead of the parser's error, which holds what was sent: that may echo a credential. */
class GarbledAnswer extends Error {
  readonly code = 'GARBLED_ANSWER';
}

/** What a failed exchange means to the user. The outcome of a write may be open after it. */
export function networkError(registry: RegistrySettings, url: URL, cause: unknown): RegistryError {
  const code = codeOf(cause) ?? '';
  const at = redactedUrl(url);
  if (CERTIFICATE.test(code)) return certificateError(registry, url, cause);
  if (STOPPED.has(code)) return stoppingError(url, cause);
  if (TIMEOUTS.has(code)) {
    const sentence = `Registry ${registry.id} did not answer in time at ${at}.`;
    return new RegistryError('timeout', sentence, { cause, retryable: true });
  }
  if (isGarbled(cause)) {
    const sentence = `What answers at ${at} does not speak HTTP as a registry does; check registries.${registry.id}.url.`;
    // Retryable: a write may have been carried out before its answer was garbled.
    return new RegistryError('unexpected-answer', sentence, {
      cause: new GarbledAnswer('the answer is no HTTP'),
      retryable: true,
    });
  }
  const sentence = `Registry ${registry.id} cannot be reached at ${at}${code === '' ? '' : ` (${code})`}; check that it runs and that registries.${registry.id}.url is right.`;
  return new RegistryError('unreachable', sentence, { cause, retryable: true });
}

function isGarbled(cause: unknown): boolean {
  return nameOf(cause) === 'HTTPParserError' || codeOf(cause) === 'UND_ERR_HEADERS_OVERFLOW';
}

/** Retryable: the next start takes up what was left. */
export function stoppingError(url: URL, cause?: unknown): RegistryError {
  const sentence = `Tagward is stopping; ${redactedUrl(url)} was not asked.`;
  return new RegistryError('unreachable', sentence, { cause, retryable: true });
}

/** Whether the request cannot have reached the registry. */
export function isNotConnected(error: RegistryError): boolean {
  return NOT_CONNECTED.has(codeOf(error.cause) ?? '');
}

function certificateError(registry: RegistrySettings, url: URL, cause: unknown): RegistryError {
  const code = codeOf(cause) ?? '';
  const hint =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? `it was issued for another name than ${url.hostname}`
      : `if a private authority signed it, name that authority's certificate in registries.${registry.id}.caFile`;
  const sentence = `The certificate of registry ${registry.id} at ${redactedUrl(url)} is not trusted (${code}): ${hint}.`;
  return new RegistryError('certificate-untrusted', sentence, { cause });
}

/** Of errors without a code: those of undici's parser have none. */
function nameOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('name' in error)) return undefined;
  return typeof error.name === 'string' ? error.name : undefined;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
