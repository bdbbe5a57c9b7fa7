import { z } from 'zod';
import { Secret } from '../../config/secret';
import { parseJsonText } from './json-text';
import type { Reading } from './watched-file';

const Text = z.string().min(1);
const SecretText = Text.transform((text) => new Secret(text))
  .optional()
  .catch(undefined);

/** The rest of an entry, such as `email`, is not read; a field that makes no sense counts as missing. */
const Account = z.object({
  auth: SecretText,
  username: Text.optional().catch(undefined),
  password: SecretText,
  identitytoken: SecretText,
});
export type Account = z.infer<typeof Account>;

const Helpers = z.record(z.string(), z.string());

const DockerConfigFile = z.object({
  auths: z.record(z.string(), Account.nullish().catch(null)).nullish(),
  credsStore: z.string().nullish(),
  credHelpers: Helpers.nullish(),
});

/** The parts of a `config.json` that name credentials. */
export interface DockerConfig {
  /** By key as it stands in the file. */
  readonly auths: ReadonlyMap<string, Account>;
  /** Helper names by key. */
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore: string | undefined;
}

/** Reads a `config.json` of Docker or an `auth.json` of containers. `{}` holds nothing. */
export function parseDockerConfig(text: string): Reading<DockerConfig> {
  const parsed = DockerConfigFile.safeParse(parseJsonText(text));
  if (!parsed.success) return { reason: 'is no config.json of Docker' };
  const { auths, credHelpers, credsStore } = parsed.data;
  const accounts = Object.entries(auths ?? {}).flatMap(([key, account]) =>
    account == null ? [] : [[key, account] as const],
  );
  const helpers = Object.entries(credHelpers ?? {});
  return {
    value: {
      auths: new Map(accounts),
      credHelpers: new Map(helpers),
      credsStore: credsStore == null || credsStore === '' ? undefined : credsStore,
    },
  };
}
