/** The value of a JSON text, for a schema to check; undefined, which no schema takes, when it is none. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's words are dropped: they quote the text, which may hold secrets.
    return undefined;
  }
}
