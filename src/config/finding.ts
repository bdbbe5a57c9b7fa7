/** Where a setting stands: keys and list positions from the root of the file. */
export type Path = readonly (string | number)[];

/** A fault before it has a line: checks say which setting is wrong, the document knows where it is. */
export interface Finding {
  readonly path: Path;
  /** Whether the key itself is at fault or what stands behind it. */
  readonly of: 'key' | 'value';
  readonly sentence: string;
}

const PLAIN_KEY = /^[A-Za-z0-9_-]+$/;

/** `['repositories', 0, 'levels', 1]` → `repositories[0].levels[1]`. */
export function textOfPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (PLAIN_KEY.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
