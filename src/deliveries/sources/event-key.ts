const VISIBLE = /^[\x21-\x7e]{1,200}$/;

/**
 * The dedupe key of what a sender identifies an event by, joined by blanks, which no part can have.
 * Undefined when a part is missing or cannot be used: then the caller makes a key of the facts.
 */
export function eventKey(...parts: readonly (string | null | undefined)[]): string | undefined {
  const usable = parts.every((part) => typeof part === 'string' && VISIBLE.test(part));
  return usable ? parts.join(' ') : undefined;
}
