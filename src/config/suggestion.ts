import { distance } from 'fastest-levenshtein';

/** "did you mean …?" when one of the names is a likely typing slip away, else the names themselves. */
export function suggest(given: string, names: readonly string[]): string {
  const close = closestName(given, names);
  if (close !== undefined) return `did you mean \`${close}\`?`;
  return names.length === 0 ? 'none is configured' : `allowed: ${names.join(', ')}`;
}

/** The most similar name; undefined when none is within a third of its letters. */
export function closestName(given: string, names: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of names) {
    const edits = distance(given.toLowerCase(), name.toLowerCase());
    const tolerated = Math.max(1, Math.floor(name.length / 3));
    if (edits <= tolerated && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}
