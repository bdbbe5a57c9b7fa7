import { X509Certificate } from 'node:crypto';

import type { ConfigFileInput } from './config-file.schema';
import type { Finding } from './finding';
import type { Salvaged } from './salvage';
import { readTextFile, resolvePath } from './text-file';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** PEM texts by registry id, and what is wrong with the rest. */
export interface ReadCaFiles {
  readonly certificates: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
}

/** Reads the CA files of all registries. */
export function readCaFiles(config: Salvaged<ConfigFileInput>, folder: string): ReadCaFiles {
  const certificates = new Map<string, string>();
  const findings: Finding[] = [];
  for (const [id, registry] of Object.entries(config.registries ?? {})) {
    if (registry?.caFile === undefined) continue;
    const path = resolvePath(registry.caFile, folder);
    const read = readTextFile(path);
    const wrong = 'reason' in read ? `cannot be read: ${read.reason}` : weaknessOf(read.text);
    if ('text' in read && wrong === undefined) certificates.set(id, read.text);
    else
      findings.push({
        path: ['registries', id, 'caFile'],
        of: 'value',
        sentence: `${path} ${wrong ?? ''}`,
      });
  }
  return { certificates, findings };
}

function weaknessOf(text: string): string | undefined {
  const found = text.match(CERTIFICATE) ?? [];
  return found.length > 0 && found.every(isCertificate)
    ? undefined
    : 'holds no readable certificate; allowed: PEM, "-----BEGIN CERTIFICATE-----"';
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
