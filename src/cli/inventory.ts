import { parseConfigDocument } from '../config/config-document';
import { ConfigError, type ConfigFault } from '../config/config-error';
import { allowedBy, findingsOf } from '../config/schema-faults';
import type { DeletionCapabilities } from '../core/deletion';
import { formerTargetsOf } from '../core/former-targets';
import { isMovingTagShape } from '../core/moving-tags';
import type { Digest, TagName } from '../core/names';
import type { Pin } from '../core/pin';
import type { Release } from '../core/release';
import type { RetentionInput } from '../core/retention';
import type { RepositoryRules } from '../core/rules';
import { parseVersionTag } from '../core/version';
import { InventoryFile } from './inventory.schema';
import { findJsonFault } from './json-fault';

/** Reads an inventory. Throws one {@link ConfigError} with every fault, each with line and column. */
export function parseInventory(given: string, file: string): InventoryFile {
  const text = given.replace(/^\uFEFF/, '');
  const value = parseJson(text, file);
  const parsed = InventoryFile.safeParse(value, { error: allowedBy });
  if (!parsed.success) throw faultsAt(text, file, findingsOf(parsed.error.issues, value));
  const twice = findTwice(parsed.data);
  if (twice.length > 0) throw faultsAt(text, file, twice);
  return parsed.data;
}

function parseJson(text: string, file: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new ConfigError([jsonFault(text, file)]);
  }
}

function jsonFault(text: string, file: string): ConfigFault {
  const fault = findJsonFault(text.replace(/[\r\n]/g, ' '));
  const { offset = 0, found = 'this text', allowed = 'one JSON object' } = fault ?? {};
  const before = text.slice(0, offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const sentence = `${found} is not allowed here; allowed: ${allowed}`;
  return { file, line: before.length, column, path: '', sentence };
}

/** JSON is YAML as well, and only faulty files are read twice. */
function faultsAt(
  text: string,
  file: string,
  findings: ReturnType<typeof findingsOf>,
): ConfigError {
  const document = parseConfigDocument(text, file);
  return new ConfigError(findings.map((finding) => document.faultOf(finding)));
}

/** Of two entries nobody knows which one holds: what is listed twice could lose what it refers to. */
function findTwice({ tags, manifests }: InventoryFile): ReturnType<typeof findingsOf> {
  return [
    ...repeated(tags.map(({ tag }) => tag)).map((place) =>
      givenTwice(['tags', place, 'tag'], tags[place]?.tag ?? '', 'tag'),
    ),
    ...repeated(manifests.map(({ digest }) => digest)).map((place) =>
      givenTwice(['manifests', place, 'digest'], manifests[place]?.digest ?? '', 'digest'),
    ),
  ];
}

/** The places of texts that stood before. */
function repeated(texts: readonly string[]): readonly number[] {
  const seen = new Set<string>();
  return texts.flatMap((text, place) => {
    if (seen.has(text)) return [place];
    seen.add(text);
    return [];
  });
}

function givenTwice(
  path: readonly (string | number)[],
  text: string,
  what: string,
): ReturnType<typeof findingsOf>[number] {
  const sentence = `${JSON.stringify(text)} is not allowed here; allowed: each ${what} once`;
  return { path, of: 'value', sentence };
}

/** What the evaluation takes from an inventory file; the policy is added by the caller. */
export function toRetentionInput(
  file: InventoryFile,
  rules: RepositoryRules,
  now: number,
): Omit<RetentionInput, 'policy'> {
  const current = new Map(file.tags.map(({ tag, digest }) => [tag, digest]));
  const sequences = sequencesOf(file.moves, current);
  const moving = file.moves.filter(({ tag }) => isMovingTagShape(tag, rules));
  return {
    ...{ rules, now, releases: releasesOf(file, rules) },
    inventory: {
      tags: file.tags.map((tag) => ({
        ...tag,
        firstObserved: tag.firstObserved ?? false,
        sequence: sequences.get(tag.tag),
      })),
      manifests: new Map(
        file.manifests.map(({ digest, children = [], subject, unreadable }) => [
          digest,
          { children, subject, unreadable },
        ]),
      ),
    },
    formerTargets: formerTargetsOf(moving, current),
    tagsEverSeen: file.moves.map(({ tag }) => tag),
    pins: file.pins.map(toPin),
    inUse: file.inUse,
    ledgerTagCount: file.ledgerTagCount,
    capabilities: capabilitiesOf(file),
  };
}

function sequencesOf(
  moves: InventoryFile['moves'],
  current: ReadonlyMap<TagName, Digest>,
): ReadonlyMap<TagName, number> {
  const last = moves.flatMap(({ tag, to }, place) =>
    current.get(tag) === to ? [[tag, place + 1] as const] : [],
  );
  return new Map(last);
}

function releasesOf({ tags }: InventoryFile, rules: RepositoryRules): readonly Release[] {
  return tags.flatMap(({ tag, digest, lastMoved }) => {
    const parsed = parseVersionTag(tag, rules);
    if (parsed.kind === 'skipped') return [];
    const { version } = parsed;
    const facts = { announcedPrerelease: false, missing: false };
    return [{ tag, version, digest, ...facts, firstSeenAt: lastMoved ?? undefined }];
  });
}

function toPin(entry: InventoryFile['pins'][number]): Pin {
  const { reason, expiresAt = null } = entry;
  const target =
    'tag' in entry
      ? ({ kind: 'tag', tag: entry.tag } as const)
      : ({ kind: 'digest', digest: entry.digest } as const);
  return { target, reason, expiresAt };
}

const DIGEST_SUPPORT = {
  true: 'works',
  false: 'disabled',
  'delete-disabled': 'disabled',
  'delete-unproven': 'unproven',
  'delete-denied': 'denied',
} as const;

function capabilitiesOf({ registry }: InventoryFile): DeletionCapabilities {
  const { tagDelete = true, digestDelete = true, immutable = false } = registry ?? {};
  return {
    tagDelete: tagDelete ? 'works' : 'unsupported',
    digestDelete: DIGEST_SUPPORT[`${digestDelete}`],
    provider: false,
    immutable,
  };
}
