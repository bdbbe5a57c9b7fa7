import { z } from 'zod';
import {
  exactlyOneOf,
  filePath,
  group,
  inFile,
  inline,
  inlineSecret,
  textOf,
  wholeNumber,
} from './schema-parts';
import { PROVIDER_KINDS } from './settings';
import { HOST_ALLOWED, HTTP_URL_ALLOWED, parseHost, parseHttpUrl } from './setting-values';

const MAX_CONCURRENCY = 64;
const HELPER_ALLOWED =
  'the part of a helper\'s name behind "docker-credential-", such as ecr-login';

const authFields = group({
  username: z
    .string('a user name without ":"')
    .regex(/^[^:\p{Cc}]+$/u, 'a user name without ":"')
    .optional()
    .meta({ description: 'User name at the registry.' }),
  password: inlineSecret.meta(inline('Password at the registry')),
  passwordFile: filePath
    .optional()
    .meta({ description: `${inFile('the password').description} Read again when it changes.` }),
  dockerConfig: filePath.optional().meta({
    description: 'A config.json of Docker (~/.docker/config.json) instead of a user name.',
  }),
  helpers: z
    .array(z.string(HELPER_ALLOWED).regex(/^[a-z0-9-]+$/, HELPER_ALLOWED))
    .default([])
    .meta({ description: 'Credential helpers of dockerConfig that may be run; none by default.' }),
});
type AuthFields = z.output<typeof authFields>;

const auth = authFields
  .superRefine(checkAuth)
  .meta(exactlyOneOf(['username', 'password'], ['username', 'passwordFile'], ['dockerConfig']));

const provider = group({
  kind: z.enum(PROVIDER_KINDS).meta({ description: 'The product, whose own API is used.' }),
  url: textOf(parseHttpUrl, HTTP_URL_ALLOWED)
    .optional()
    .meta({ description: "Where the API answers; the product's public address unless given." }),
  token: inlineSecret.meta(inline('Token for the API')),
  tokenFile: filePath.optional().meta(inFile('the token for the API')),
});

const hosts = z.array(textOf(parseHost, HOST_ALLOWED)).default([]);

/** One entry of `registries`. */
export const registry = group({
  url: textOf(parseHttpUrl, HTTP_URL_ALLOWED).meta({
    description: 'Where the registry answers; http means plain HTTP.',
  }),
  auth: auth.optional().meta({ description: 'Credentials; without them Tagward is anonymous.' }),
  caFile: filePath.optional().meta({
    description: 'PEM file with the certificates of a private CA, relative to this file.',
  }),
  insecure: z.literal('skip-verify', 'skip-verify, or nothing').optional().meta({
    description: 'skip-verify takes any certificate, which lets anybody in between read along.',
  }),
  concurrency: wholeNumber(1, MAX_CONCURRENCY).default(4).meta({
    description: 'Requests to this registry at a time.',
  }),
  multiTag: z.enum(['auto', 'on', 'off']).default('auto').meta({
    description: 'Whether several tags are put in one request: where that works, always, never.',
  }),
  redirects: hosts.meta({
    description: 'Other hosts, with their port if need be, that a redirect may lead to.',
  }),
  realms: hosts.meta({
    description: 'Other hosts, with their port if need be, whose token services may be asked.',
  }),
  provider: provider
    .optional()
    .meta({ description: "The product's own API, where the protocol deletes no single tag." }),
});

function checkAuth(fields: AuthFields, context: z.core.$RefinementCtx<AuthFields>): void {
  const { username, password, passwordFile, dockerConfig, helpers } = fields;
  if (dockerConfig === undefined) {
    if (username === undefined) {
      const message = 'a user name beside a password, or dockerConfig alone';
      context.addIssue({ code: 'custom', path: ['username'], message });
    }
    if (helpers.length > 0) {
      const message = 'helpers only beside dockerConfig';
      context.addIssue({ code: 'custom', path: ['helpers'], message });
    }
    return;
  }
  for (const [key, value] of Object.entries({ username, password, passwordFile })) {
    if (value === undefined) continue;
    const message = 'nothing beside dockerConfig but helpers';
    context.addIssue({ code: 'custom', path: [key], message });
  }
}
