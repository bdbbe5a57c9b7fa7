import type { ConfigFileInput } from './config-file.schema';
import type { Finding } from './finding';
import type { Salvaged } from './salvage';
import { readTextFile, resolvePath } from './text-file';

/** Docker's configuration files that cannot be read; what is in them is read when it is needed. */
export function dockerConfigFindings(
  config: Salvaged<ConfigFileInput>,
  folder: string,
): readonly Finding[] {
  return Object.entries(config.registries ?? {}).flatMap(([id, registry]): readonly Finding[] => {
    const file = registry?.auth?.dockerConfig;
    if (file === undefined) return [];
    const path = resolvePath(file, folder);
    const read = readTextFile(path);
    if (!('reason' in read)) return [];
    const sentence = `${path} cannot be read: ${read.reason}`;
    return [{ path: ['registries', id, 'auth', 'dockerConfig'], of: 'value', sentence }];
  });
}
