/** A text of others, without what would command a terminal. */
export function harmless(text: string): string {
  return text.replace(
    /\p{C}/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** JSON with every text in it harmless, keys aside: for what is shown line by line. */
export function harmlessIn(json: unknown): unknown {
  if (typeof json === 'string') return harmless(json);
  if (Array.isArray(json)) return json.map(harmlessIn);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, harmlessIn(value)]));
}

/** A word as a shell takes it: in single quotes where it needs them. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
