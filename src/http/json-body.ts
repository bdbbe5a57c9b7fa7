import { parse } from 'secure-json-parse';
import { DomainError } from '../core/domain-error';

const DEEPEST_NESTING = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads raw bytes as JSON: strict UTF-8, no prototype keys, no deeper than 64 levels. Throws
 * `body-invalid`, for an empty body too.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const value = decode(bytes);
  if (isDeeperThan(value, DEEPEST_NESTING)) {
    const sentence = `the body is nested deeper than ${DEEPEST_NESTING} levels`;
    throw new DomainError('body-invalid', sentence);
  }
  return value;
}

function decode(bytes: Uint8Array): unknown {
  try {
    const value: unknown = parse(utf8.decode(bytes));
    return value;
  } catch (error) {
    throw new DomainError('body-invalid', 'the body is not JSON in UTF-8', { cause: error });
  }
}

/** Stops at the limit, so that a hostile body does not lead to the end of the stack. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const children: readonly unknown[] = Object.values(value);
  return levels === 0
    ? children.length > 0
    : children.some((child) => isDeeperThan(child, levels - 1));
}
