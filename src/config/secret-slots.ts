import type { ConfigFileInput } from './config-file.schema';
import type { Path } from './finding';
import type { Salvaged } from './salvage';
import { authFormsOf, sourceKindOf } from './source-kinds';

type Config = Salvaged<ConfigFileInput>;

/** A place of the configuration that holds a secret, in one of two forms. */
export interface SecretSlot {
  /** The group that holds it. */
  readonly path: Path;
  /** The key of the inline form; with `File` behind it, the key of the other. */
  readonly name: 'password' | 'secret' | 'token' | 'urlSecret';
  /** Two while a secret is changed: the new one and the old one. */
  readonly inline: readonly string[];
  readonly files: readonly string[];
  /** Whether the schema refused something in the group, which may be the secret. */
  readonly incomplete: boolean;
}

/** Every secret that the configuration asks for. */
export function secretSlotsOf(config: Config): readonly SecretSlot[] {
  return [
    ...Object.entries(config.registries ?? {}).flatMap(([id, registry]) =>
      registry?.auth?.dockerConfig === undefined
        ? slotOf(['registries', id, 'auth'], 'password', registry?.auth)
        : [],
    ),
    ...Object.entries(config.registries ?? {}).flatMap(([id, registry]) =>
      slotOf(['registries', id, 'provider'], 'token', registry?.provider).filter(isGiven),
    ),
    ...Object.entries(config.sources ?? {}).flatMap(([id, source]) => slotsOfSource(id, source)),
    ...(config.tokens ?? []).flatMap((token, index) =>
      slotOf(['tokens', index], 'token', token).filter(
        (slot) => token?.tokenHash === undefined || isGiven(slot),
      ),
    ),
    ...slotOf(['metrics'], 'token', config.metrics).filter(isGiven),
  ];
}

/** The secrets that a source has; the first that its kind offers when it has no authentication. */
function slotsOfSource(id: string, source: object | undefined): readonly SecretSlot[] {
  const kind = source === undefined ? undefined : sourceKindOf(textsIn(source, 'kind')[0]);
  // What the schema has refused is not asked for a secret as well.
  const forms = kind === undefined ? (['token'] as const) : authFormsOf(kind);
  const slots = forms.flatMap((form) =>
    form === 'oidc' || form === 'sns' ? [] : slotOf(['sources', id], form, source),
  );
  const given = slots.filter(isGiven);
  const hasOther = forms.some((form) => source !== undefined && Reflect.has(source, form));
  return given.length > 0 || hasOther ? given : slots.slice(0, 1);
}

function slotOf(
  path: Path,
  name: SecretSlot['name'],
  group: object | undefined,
): readonly SecretSlot[] {
  if (group === undefined) return [];
  const inline = textsIn(group, name);
  const files = textsIn(group, `${name}File`);
  const incomplete = Object.values(group).includes(undefined);
  return [{ path, name, inline, files, incomplete }];
}

/** One text or a list of them. */
function textsIn(group: object, key: string): readonly string[] {
  const value: unknown = Reflect.get(group, key);
  return [value].flat().filter((text) => typeof text === 'string');
}

/** For secrets that may be left out. */
function isGiven({ inline, files }: SecretSlot): boolean {
  return inline.length > 0 || files.length > 0;
}
