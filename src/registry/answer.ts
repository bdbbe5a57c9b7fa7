import type { IncomingHttpHeaders } from 'node:http';
import type { RegistryErrorCode } from './registry-error';

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

/** What to do with the body of a 2xx that is longer than allowed: an error, or cut it off. */
export interface BodyCap {
  readonly bytes: number;
  readonly over: RegistryErrorCode | 'cut';
}

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  readonly cap: BodyCap;
  /** The host was named by an answer and allowed by name: it must not lead to this machine. */
  readonly publicOnly?: boolean;
  /** Ends it earlier than the usual limits. */
  readonly signal?: AbortSignal | undefined;
}

/** One answer with its whole body; the body of an error is cut off at its cap. */
export interface Answer {
  readonly method: Method;
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The first field of this name. */
export function headerOf(answer: Pick<Answer, 'headers'>, name: string): string | undefined {
  return headersOf(answer, name)[0];
}

/** All fields of this name. */
export function headersOf(answer: Pick<Answer, 'headers'>, name: string): readonly string[] {
  const value = answer.headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** For messages: without user, password, query and fragment, any of which may hold a secret. */
export function redactedUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
