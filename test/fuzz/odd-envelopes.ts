import type { Random } from '../faults/random';

/** What is out of the ordinary in a request, whatever is in its body. */
export interface Envelope {
  readonly method?: string;
  readonly contentType?: string | null;
  readonly contentEncoding?: string;
  /** In the place of the whole path. */
  readonly path?: string;
  readonly query?: string;
  /** Sent without its length. */
  readonly chunked?: boolean;
}

const METHODS = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND', 'PURGE', 'TRACE'];
const MEDIA_TYPES = [
  ...[null, '', 'text/plain', 'text/html', 'application/xml', 'multipart/form-data; boundary=x'],
  ...['application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'application/json;'],
  ...['application/JSON', 'application/cloudevents+json', 'application/cloudevents-batch+json'],
  ...['application/+json', 'application/a b+json', '*/*', 'json', 'application/json, text/plain'],
  ...[
    'application/json; charset="\xff"',
    'application/octet-stream',
    `application/${'a'.repeat(2_000)}`,
  ],
];
const ENCODINGS = ['gzip', 'br', 'deflate', 'identity', 'Identity', '', 'gzip, gzip', 'x\xff'];
const PATHS = [
  ...[
    '',
    '/',
    '/none',
    '/none/secret',
    '/__proto__',
    '/constructor',
    '/toString',
    '/ci%2f',
    '/%00',
  ],
  ...['/%ff', '/%', '/%2e%2e/api/v1/deliveries', '/../api/v1/deliveries', '/..', '/ci/a/b', '//ci'],
  ...[
    '/ci/',
    '/CI',
    '/%c3%a9',
    '/\xe9',
    '/ci;a=b',
    '/ci%0d%0aX-Evil:1',
    '/ci%20',
    '/*',
    '/:source',
  ],
  ...[`/${'a'.repeat(2_000)}`, `/quay/${'a'.repeat(8_000)}`, '/quay/%00', '/quay/%ff', '/quay/'],
];
const QUERIES = [
  ...[
    '?',
    '?access_token=x',
    '?a[b]=c',
    '?__proto__[a]=1',
    '?a=%ff',
    '?%',
    `?${'a=b&'.repeat(500)}`,
  ],
];

export function oddEnvelope(random: Random): Envelope {
  switch (random.below(6)) {
    case 0:
      return { method: pickFrom(METHODS, random) ?? 'GET' };
    case 1:
      return { contentType: pickFrom(MEDIA_TYPES, random) ?? null };
    case 2:
      return { contentEncoding: pickFrom(ENCODINGS, random) ?? '' };
    case 3:
      return { path: `/webhooks${pickFrom(PATHS, random) ?? ''}` };
    case 4:
      return { query: pickFrom(QUERIES, random) ?? '' };
    default:
      return { chunked: true };
  }
}

function pickFrom<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[random.below(items.length)];
}
