import type { Path } from './finding';

const MAX_SHOWN = 80;
const SECRET_KEYS = new Set(['password', 'secret', 'token']);

/** How a fault names a value of the file: never a secret, never the user part or query of a URL. */
export function describeFound(value: unknown, path: Path): string {
  if (isSecretPath(path)) return 'this value';
  if (typeof value === 'string') return JSON.stringify(shorten(withoutCredentials(value)));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty group of keys' : shorten(`{ ${keys.join(', ')} }`);
}

/** Two steps down at least: a registry or source may have the id `token`. */
function isSecretPath(path: Path): boolean {
  return path.slice(2).some((step) => typeof step === 'string' && SECRET_KEYS.has(step));
}

/** Settings with an `@` are URLs: what stands before it may be a password, a query a token. */
function withoutCredentials(text: string): string {
  const at = text.lastIndexOf('@');
  if (at < 0 && !text.includes('://')) return text;
  const query = text.slice(at + 1).search(/[?#]/);
  const host = query < 0 ? text.slice(at + 1) : `${text.slice(at + 1, at + 1 + query)}?…`;
  return at < 0 ? host : `…@${host}`;
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
