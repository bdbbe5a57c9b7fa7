import { parseConfigDocument } from '../config/config-document';
import { ConfigError, type ConfigFault } from '../config/config-error';
import type { ListedHold, ListedTag } from '../core/resolve';
import { findJsonFault } from './json-fault';
import { readListingLine } from './listing-line.schema';

/** What a listing says: tags in their order, and holds. */
export interface ListingInput {
  readonly tags: readonly ListedTag[];
  readonly holds: readonly ListedHold[];
}

/**
 * Reads a listing with one tag or one JSON object a line. A plain line is a tag as it stands, with
 * every blank in it (rule P1). Throws one ConfigError with every fault of every JSON line.
 */
export function parseListing(text: string, file: string): ListingInput {
  const tags: ListedTag[] = [];
  const holds: ListedHold[] = [];
  const faults: ConfigFault[] = [];
  for (const [index, ended] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
    if (line.trim() === '') continue;
    if (!line.trimStart().startsWith('{')) {
      tags.push({ tag: line });
      continue;
    }
    const read = readJsonLine(line, { file, line: index + 1 });
    if ('tag' in read) tags.push(read.tag);
    else if ('hold' in read) holds.push(read.hold);
    else faults.push(...read.faults);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return { tags, holds };
}

type Place = Pick<ConfigFault, 'file' | 'line'>;
type ReadLine =
  | { readonly tag: ListedTag }
  | { readonly hold: ListedHold }
  | { readonly faults: readonly ConfigFault[] };

function readJsonLine(line: string, place: Place): ReadLine {
  const value = parseJson(line);
  if (value === undefined) return { faults: [faultOfJson(line, place)] };
  const read = readListingLine(value);
  if ('tag' in read || 'hold' in read) return read;
  // JSON is YAML as well, and only faulty lines are read twice.
  const document = parseConfigDocument(line, place.file);
  const faults = read.map((finding) => ({ ...document.faultOf(finding), ...place }));
  return { faults: faults.sort((left, right) => (left.column ?? 0) - (right.column ?? 0)) };
}

/** Undefined for what is no JSON; a line that begins with `{` is an object or nothing. */
function parseJson(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function faultOfJson(line: string, place: Place): ConfigFault {
  const fault = findJsonFault(line);
  const column = (fault?.offset ?? 0) + 1;
  const { found, allowed } = fault ?? { found: 'this line', allowed: 'one JSON object' };
  const sentence = `${found} is not allowed here; allowed: ${allowed}`;
  return { ...place, column, path: '', sentence };
}
