/** The parts of `host/path:tag@digest`, none of them looked at. */
export interface ImageReference {
  /** With its port; undefined when the reference begins with the path. */
  readonly host: string | undefined;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const HOST = /^(?:localhost|[a-z0-9[].*[.:].*)$/i;

/**
 * Takes a reference apart as Docker does: the first part is a host when it has a dot or a port or
 * is `localhost`. A scheme before it is left out. The empty text is an empty path.
 */
export function readImageReference(text: string): ImageReference {
  const [name, digest] = splitAt(text.replace(/^https?:\/\//, ''), '@');
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const host = HOST.test(first) ? first : undefined;
  const [path, tag] = splitAt(host === undefined ? name : name.slice(slash + 1), ':');
  return { host, path, tag, digest };
}

function splitAt(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
