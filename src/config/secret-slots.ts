import type { ConfigFileInput } from './config-file.schema';
import type { Path } from './finding';
import type { Salvaged } from './salvage';

type Config = Salvaged<ConfigFileInput>;

/** A place of the configuration that holds one secret, in one of two forms. */
export interface SecretSlot {
  /** The group that holds it. */
  readonly path: Path;
  /** The key of the inline form; with `File` behind it, the key of the other. */
  readonly name: 'password' | 'secret' | 'token';
  readonly inline: string | undefined;
  readonly file: string | undefined;
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
    ...Object.entries(config.sources ?? {}).flatMap(([id, source]) =>
      slotOf(['sources', id], source?.kind === 'generic' ? 'secret' : 'token', source),
    ),
    ...(config.tokens ?? []).flatMap((token, index) => slotOf(['tokens', index], 'token', token)),
  ];
}

function slotOf(
  path: Path,
  name: SecretSlot['name'],
  group: object | undefined,
): readonly SecretSlot[] {
  if (group === undefined) return [];
  const inline = textIn(group, name);
  const file = textIn(group, `${name}File`);
  const incomplete = Object.values(group).includes(undefined);
  return [{ path, name, inline, file, incomplete }];
}

function textIn(group: object, key: string): string | undefined {
  const value: unknown = Reflect.get(group, key);
  return typeof value === 'string' ? value : undefined;
}

/** For secrets that may be left out. */
function isGiven({ inline, file }: SecretSlot): boolean {
  return inline !== undefined || file !== undefined;
}
