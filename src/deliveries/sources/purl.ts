import { type ImageReference, readImageReference } from './image-reference';

const OCI = /^pkg:\/*oci\/([^/@?#]+)(?:@([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/i;

/**
 * Reads `pkg:oci/api@sha256%3A…?repository_url=reg.test/team/api&tag=2.4.1` (purl-spec, type oci).
 * Undefined for every other package and for text that is no package URL. Never throws.
 */
export function readOciPurl(text: string): ImageReference | undefined {
  const [, name, version, qualifiers = ''] = OCI.exec(text) ?? [];
  if (name === undefined) return undefined;
  const said = new Map(qualifiers.split('&').map(readQualifier));
  const { host, path } = readImageReference(`${said.get('repository_url') ?? ''}/`);
  return {
    host,
    path: pathTo(path.replace(/\/+$/, ''), decoded(name)),
    tag: said.get('tag'),
    digest: version === undefined ? undefined : decoded(version),
  };
}

/** By the spec the last part of the place is the name; some tools leave that out. */
function pathTo(place: string, name: string): string {
  if (place === '' || place === name) return name;
  return place.endsWith(`/${name}`) ? place : `${place}/${name}`;
}

function readQualifier(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 0) return [text.toLowerCase(), ''];
  return [text.slice(0, at).toLowerCase(), decoded(text.slice(at + 1))];
}

/** Beyond ASCII nothing is decoded: no name of an image goes there. */
function decoded(text: string): string {
  return text.replace(/%[0-7][0-9a-f]/gi, (code) =>
    String.fromCharCode(parseInt(code.slice(1), 16)),
  );
}
