import fc from 'fast-check';
import { isDigest, isRepositoryName, isTagName } from '../../../src/core/names';
import { DEFAULT_RULES } from '../../../src/core/rules';
import { readerOf } from '../../../src/core/version';
import type { SenderContext } from '../../../src/deliveries/sources/sender';
import type { IncomingWebhook, Sender, SourceEvent } from '../../../src/deliveries/sources/source';
import { settingsFor } from '../../support/fake-registry-client';

const RUNS = 1_000;

/** What a sender knows of the configuration. */
export function contextOf(
  registryUrl: string,
  images: Readonly<Record<string, string>> = {},
): SenderContext {
  const registry = { ...settingsFor(registryUrl), id: 'local' };
  return { sourceId: 'source', registry, images: new Map(Object.entries(images)) };
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Path = readonly (string | number)[];

/** Every place in a value, the whole of it included. */
function placesIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inside = Object.entries(value).flatMap(([key, child]) =>
    placesIn(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...inside];
}

/** The value with another one at a place; `undefined` takes it away. */
function withAt(value: unknown, [key, ...rest]: Path, put: unknown): unknown {
  if (key === undefined) return put;
  if (Array.isArray(value)) {
    return value.map((child: unknown, at) => (at === key ? withAt(child, rest, put) : child));
  }
  const entries: readonly [string, unknown][] = Object.entries(value ?? {});
  return Object.fromEntries(
    entries.map(([name, child]) => [name, name === key ? withAt(child, rest, put) : child]),
  );
}

const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<Json | undefined>(
    ...[undefined, null, '', 0, -1, 1e308, true, '..', '\0', '2.4.1+build', 'a/b@c', '2001'],
    ...[[], {}, [null], { constructor: null }, '\ud800', '@'.repeat(5_000)],
  ),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 3 }),
);

/**
 * Fails unless a sender reads any event that differs from a real one in one or two places: it never
 * throws, and what it announces is legal.
 */
export function expectToReadMutations(
  sender: Sender,
  headers: IncomingWebhook['headers'],
  payload: unknown,
): void {
  const places = fc.constantFrom(...placesIn(payload));
  const changes = fc.array(fc.tuple(places, anything), { minLength: 1, maxLength: 2 });
  fc.assert(
    fc.property(changes, (made) => {
      const changed = made.reduce((value, [path, put]) => withAt(value, path, put), payload);
      const body = Buffer.from(changed === undefined ? '' : JSON.stringify(changed));
      const events = sender.readEvents({ headers, body, urlSecret: undefined }, { form: 'token' });
      return events.length > 0 && events.every(isSound);
    }),
    { numRuns: RUNS },
  );
}

function isSound(event: SourceEvent): boolean {
  const { dedupeKey, occurredAt } = event;
  if (dedupeKey !== null && (dedupeKey === '' || dedupeKey.length > 450)) return false;
  if (occurredAt !== null && !Number.isSafeInteger(occurredAt)) return false;
  if (event.kind !== 'announcement') return event.reason.text.length <= 1_000;
  const { repository, tag, digest } = event;
  const published = tag === null ? 'latest' : readerOf(DEFAULT_RULES).readAnnounced(tag).tag;
  return (
    isRepositoryName(repository) && isTagName(published) && (digest === null || isDigest(digest))
  );
}
