import LinkHeader from 'http-link-header';

/** The targets of `rel=next`, quoted or not. Undefined when the field is no Link. */
export function nextReferences(field: string): readonly string[] | undefined {
  try {
    return LinkHeader.parse(field)
      .rel('next')
      .map(({ uri }) => uri);
  } catch {
    // The parser throws on what is no Link; the caller says so with the URL.
    return undefined;
  }
}
