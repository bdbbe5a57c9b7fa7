/** One challenge of a `WWW-Authenticate` field. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By name in lower case; the first of a name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

// RFC 9110, 5.6.2 (token), 11.2 (token68, auth-param), 11.6.1. An unquoted value may hold more than
// a token here: registries send URLs unquoted.
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const SEPARATOR = /[\s,]/;
const SCHEME = new RegExp(`(${TOKEN})`, 'y');
const TOKEN68 = /[ \t]+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;
const PARAMETER = new RegExp(
  `(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]+))`,
  'sy',
);
const LONGEST_FIELD = 8_192;

/**
 * The challenges of all `WWW-Authenticate` fields, in order. A comma separates both parameters and
 * challenges: what has a `=` behind its name is a parameter, everything else begins a challenge.
 * Text that is no challenge is skipped; never throws.
 */
export function parseChallenges(fields: readonly string[]): readonly Challenge[] {
  return fields.flatMap((field) => parseField(field.slice(0, LONGEST_FIELD)));
}

function parseField(field: string): readonly Challenge[] {
  const challenges: Challenge[] = [];
  let at = skipSeparators(field, 0);
  while (at < field.length) {
    const scheme = matchAt(SCHEME, field, at);
    if (scheme === undefined) {
      at = skipSeparators(field, at + 1);
      continue;
    }
    const read = readParameters(field, scheme.end);
    challenges.push({ scheme: scheme.groups[1]?.toLowerCase() ?? '', parameters: read.parameters });
    at = skipSeparators(field, read.end);
  }
  return challenges;
}

function readParameters(
  field: string,
  start: number,
): { readonly parameters: ReadonlyMap<string, string>; readonly end: number } {
  const parameters = new Map<string, string>();
  // Its padding would look like the `=` of a parameter.
  let end = matchAt(TOKEN68, field, start)?.end ?? start;
  for (;;) {
    const found = matchAt(PARAMETER, field, skipSeparators(field, end));
    if (found === undefined) break;
    const [, name = '', quoted, plain = ''] = found.groups;
    const key = name.toLowerCase();
    if (!parameters.has(key)) {
      parameters.set(key, quoted === undefined ? plain : quoted.replaceAll(/\\(.)/gs, '$1'));
    }
    end = found.end;
  }
  return { parameters, end };
}

/** A loop, as a pattern would try every length of a long run again and again. */
function skipSeparators(text: string, start: number): number {
  let at = start;
  while (at < text.length && SEPARATOR.test(text.charAt(at))) at += 1;
  return at;
}

function matchAt(
  pattern: RegExp,
  text: string,
  at: number,
): { readonly groups: readonly (string | undefined)[]; readonly end: number } | undefined {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match === null ? undefined : { groups: match, end: pattern.lastIndex };
}
