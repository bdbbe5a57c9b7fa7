import { z } from 'zod';
import { filePath, group, inFile, inline, listOf, textOf } from './schema-parts';
import { GLOB_ALLOWED, parseGlob, parseHttpUrl } from './setting-values';
import { authFormsOf, type SourceAuthForm, type SourceKind } from './source-kinds';

const MOST_ISSUERS = 10;
const ISSUER_ALLOWED = 'the https URL of an issuer; http only for one on this machine';
const TOPIC_ALLOWED = 'a topic such as arn:aws:sns:eu-central-1:111122223333:images';
const TOPIC =
  /^arn:aws(?:-cn)?:sns:[a-z]{2}(?:-[a-z]+)+-\d:\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const PROJECT_ALLOWED = 'the path of a repository without its registry, such as acme/api';
const PROJECT = /^[a-z0-9][a-z0-9._/-]*$/;

/** One path, or the new and the old one while a secret is changed. */
const FILES_ALLOWED = 'the path of a file, or a list of two';
const secretFiles = z
  .union([filePath, z.array(filePath).min(1).max(2)], { error: FILES_ALLOWED })
  .optional();
const TEXTS_ALLOWED = '${NAME} from the environment, or a list of two';
const secretTexts = z
  .union([z.string(), z.array(z.string()).min(1).max(2)], { error: TEXTS_ALLOWED })
  .optional();

const allow = listOf(textOf(parseGlob, GLOB_ALLOWED), 'a list with at least one pattern').meta({
  description: 'Repositories that this source may report on, as patterns over <registry>/<path>.',
});
const registry = z.string('the id of a registry').meta({
  description: 'Id of the registry that the images are in.',
});
const images = z
  .record(z.string().min(1).max(300), z.string(PROJECT_ALLOWED).regex(PROJECT, PROJECT_ALLOWED))
  .default({})
  .meta({
    description:
      'Path of the image repository by what the sender calls its project, where the two differ.',
  });

const issuer = group({
  issuer: textOf(parseIssuer, ISSUER_ALLOWED).meta({
    description: 'Exactly what the tokens carry as "iss"; keys come from its discovery document.',
  }),
  audience: z.string('a text').min(1).max(500).meta({
    description: 'What the tokens must carry as "aud", such as the public URL of this service.',
  }),
  claims: z
    .record(z.string(), z.string('a text or an anchored pattern'))
    .refine((claims) => Object.keys(claims).length > 0, 'at least one claim')
    .meta({
      description:
        'What further claims must be: texts, or patterns in which * is a part between two "/".',
    }),
});

const FORM_FIELDS = {
  secret: {
    secret: secretTexts.meta(inline('Secret that signs deliveries; two while it is changed')),
    secretFile: secretFiles.meta(
      inFile('the secret that signs deliveries; two while it is changed'),
    ),
  },
  token: {
    token: secretTexts.meta(inline('Token that the sender puts into a header')),
    tokenFile: secretFiles.meta(inFile('the token that the sender puts into a header')),
  },
  urlSecret: {
    urlSecret: secretTexts.meta(inline('Last part of the URL that the sender calls')),
    urlSecretFile: secretFiles.meta(inFile('the last part of the URL that the sender calls')),
  },
  oidc: {
    oidc: z
      .union([issuer, listOf(issuer, 'one issuer or a list').max(MOST_ISSUERS)])
      .optional()
      .meta({ description: 'Issuers whose tokens authenticate the sender.' }),
  },
  sns: {
    sns: group({
      topic: z.string(TOPIC_ALLOWED).regex(TOPIC, TOPIC_ALLOWED).meta({
        description: 'ARN of the topic; its region says whose certificates count.',
      }),
    })
      .optional()
      .meta({ description: 'Deliveries that Amazon SNS signs.' }),
  },
} as const satisfies Readonly<Record<SourceAuthForm, z.ZodRawShape>>;

type FormFields = (typeof FORM_FIELDS)['secret'] &
  (typeof FORM_FIELDS)['token'] &
  (typeof FORM_FIELDS)['urlSecret'] &
  (typeof FORM_FIELDS)['oidc'] &
  (typeof FORM_FIELDS)['sns'];

/** The fields of the forms that a kind offers. All are optional, so a reader may ask for any. */
function formFields(kind: SourceKind): FormFields {
  return Object.assign({}, ...authFormsOf(kind).map((form) => FORM_FIELDS[form])) as FormFields;
}

function sender<Kind extends Exclude<SourceKind, 'generic'>>(kind: Kind, description: string) {
  return group({
    kind: z.literal(kind).meta({ description }),
    ...formFields(kind),
    registry,
    allow,
    images,
  }).meta({ description });
}

export const source = z.discriminatedUnion('kind', [
  group({
    kind: z.literal('generic').meta({ description: 'A pipeline of your own.' }),
    ...formFields('generic'),
    allow,
  }).meta({ description: 'A pipeline that signs its deliveries as in Standard Webhooks.' }),
  sender('distribution', 'Notifications of a Distribution registry.'),
  sender('docker-hub', 'Webhooks of Docker Hub.'),
  sender('harbor', 'Webhooks of Harbor, in its own format or as CloudEvents.'),
  sender('quay', 'Repository notifications of Quay.'),
  sender('gitlab', 'Tag, release and pipeline events of GitLab.'),
  sender('github', 'Release, package and workflow events of GitHub.'),
  sender('gitea', 'Package and release events of Gitea.'),
  sender('forgejo', 'Package and release events of Forgejo.'),
  sender('zot', 'Events of a zot registry.'),
  sender('acr', 'Webhooks of Azure Container Registry.'),
  sender('ecr', 'Events of Amazon ECR over EventBridge or SNS.'),
  sender('gar', 'Events of Google Artifact Registry over Pub/Sub.'),
  sender('alibaba', 'Webhooks of Alibaba Cloud Container Registry.'),
  sender('jenkins', 'The Notification plugin of Jenkins.'),
  sender('cdevents', 'CDEvents of published artifacts.'),
]);

function parseIssuer(text: string): string | undefined {
  const url = parseHttpUrl(text);
  if (url === undefined) return undefined;
  return url.protocol === 'https:' || LOOPBACK.test(url.hostname) ? text : undefined;
}
