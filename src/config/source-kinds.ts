/** How a sender can prove who it is; the key of its secret in the configuration. */
export const SOURCE_AUTH_FORM_NAMES = ['secret', 'token', 'urlSecret', 'oidc', 'sns'] as const;
export type SourceAuthForm = (typeof SOURCE_AUTH_FORM_NAMES)[number];

/**
 * The kinds of senders, and the ways that each can be authenticated: `secret` signs the body,
 * `token` stands in a header, `urlSecret` in the path, `oidc` is a token of an issuer, `sns` is the
 * signature of Amazon SNS. What the sender's product cannot do is not offered.
 */
const SOURCE_AUTH_FORMS = {
  generic: ['secret', 'oidc'],
  distribution: ['token'],
  'docker-hub': ['urlSecret'],
  harbor: ['token'],
  quay: ['urlSecret'],
  gitlab: ['token', 'secret'],
  github: ['secret'],
  gitea: ['secret', 'token'],
  forgejo: ['secret', 'token'],
  zot: ['token'],
  acr: ['token'],
  ecr: ['token', 'sns'],
  gar: ['oidc', 'urlSecret'],
  alibaba: ['urlSecret'],
  jenkins: ['urlSecret', 'token'],
  cdevents: ['token', 'secret'],
} as const satisfies Readonly<Record<string, readonly SourceAuthForm[]>>;

export type SourceKind = keyof typeof SOURCE_AUTH_FORMS;

/** The forms of a kind; the whole union, so that they can be asked for any of them. */
export function authFormsOf(kind: SourceKind): readonly SourceAuthForm[] {
  return SOURCE_AUTH_FORMS[kind];
}

/** Undefined for a word that is no kind. */
export function sourceKindOf(text: string | undefined): SourceKind | undefined {
  return SOURCE_KINDS.find((kind) => kind === text);
}

// Object.keys gives texts, and these are the literal keys above.
export const SOURCE_KINDS: readonly SourceKind[] = Object.keys(SOURCE_AUTH_FORMS) as SourceKind[];
