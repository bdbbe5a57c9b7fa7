import type { Environment } from './environment';
import { type Finding, type Path, textOfPath } from './finding';
import { Secret } from './secret';
import type { SecretSlot } from './secret-slots';
import { readTextFile, resolvePath } from './text-file';

const VARIABLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const WEBHOOK_PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const PATH_TEXT = /^[A-Za-z0-9._-]{1,200}$/;
const HEADER_TEXT = /^[\x21-\x7e]+$/;

/** Where secrets come from. */
export interface SecretContext {
  readonly folder: string;
  readonly env: Environment;
}

/** Every secret by the text of its path, such as `sources.ci.secret`, and what is wrong with the rest. */
export interface ReadSecrets {
  readonly secrets: ReadonlyMap<string, readonly Secret[]>;
  readonly findings: readonly Finding[];
}

/** Reads the secrets of all slots. No finding holds a secret, not even a wrong one. */
export function readSecrets(slots: readonly SecretSlot[], context: SecretContext): ReadSecrets {
  const secrets = new Map<string, readonly Secret[]>();
  const findings: Finding[] = [];
  for (const slot of slots) {
    const read = readSlot(slot, context);
    const texts = read.filter((item) => typeof item === 'string');
    if (texts.length > 0) {
      secrets.set(
        secretKeyOf(slot),
        texts.map((text) => new Secret(text)),
      );
    }
    findings.push(...read.filter((item) => typeof item !== 'string'));
  }
  return { secrets, findings };
}

/** The key of a slot in {@link ReadSecrets}. */
export function secretKeyOf({ path, name }: Pick<SecretSlot, 'path' | 'name'>): string {
  return textOfPath([...path, name]);
}

/** Empty when the schema has said already what is wrong. */
function readSlot(slot: SecretSlot, context: SecretContext): readonly (string | Finding)[] {
  const { name, inline, files, incomplete } = slot;
  if (inline.length > 0 && files.length > 0) {
    const sentence = `both \`${name}\` and \`${name}File\` are given; allowed: one of them`;
    return [faultAt(slot, [name], 'key', sentence)];
  }
  if (files.length > 0) {
    return files.map((file, index) => {
      const key = files.length > 1 ? [`${name}File`, index] : [`${name}File`];
      return fromFile({ ...slot, key }, file, context);
    });
  }
  if (inline.length > 0) {
    return inline.map((text, index) => {
      const key = inline.length > 1 ? [name, index] : [name];
      return fromEnvironment({ ...slot, key }, text, context);
    });
  }
  if (incomplete) return [];
  const allowed = `\`${name}File\`, or \`${name}\` as \${NAME} from the environment`;
  return [faultAt(slot, [`${name}File`], 'value', `is missing; allowed: ${allowed}`)];
}

/** One secret of a slot, and where it stands in its group. */
interface SecretPlace extends SecretSlot {
  readonly key: Path;
}

function fromFile(slot: SecretPlace, file: string, { folder }: SecretContext): string | Finding {
  const { key } = slot;
  const path = resolvePath(file, folder);
  const read = readTextFile(path);
  if ('reason' in read) {
    return faultAt(slot, key, 'value', `${path} cannot be read: ${read.reason}`);
  }
  const secret = read.text.replace(/\r?\n$/, '');
  const weakness = weaknessOf(slot.name, secret);
  return weakness === undefined ? secret : faultAt(slot, key, 'value', `${path} ${weakness}`);
}

function fromEnvironment(
  slot: SecretPlace,
  inline: string,
  { env }: SecretContext,
): string | Finding {
  const { name, key } = slot;
  const variable = VARIABLE.exec(inline)?.[1];
  if (variable === undefined) {
    const sentence = `a secret does not stand in this file; use \`${name}File\`, or \${NAME} from the environment`;
    return faultAt(slot, key, 'value', sentence);
  }
  const secret = env[variable];
  if (secret === undefined) {
    return faultAt(slot, key, 'value', `the environment has no variable ${variable}`);
  }
  const weakness = weaknessOf(name, secret);
  if (weakness === undefined) return secret;
  return faultAt(slot, key, 'value', `the variable ${variable} ${weakness}`);
}

function weaknessOf(name: SecretSlot['name'], secret: string): string | undefined {
  if (secret === '') return 'is empty; allowed: the text of a secret';
  if (name === 'secret' && secret.startsWith(WEBHOOK_PREFIX)) {
    const key = secret.slice(WEBHOOK_PREFIX.length);
    return key !== '' && BASE64.test(key) ? undefined : 'has no valid base64 behind whsec_';
  }
  if (name === 'urlSecret' && !PATH_TEXT.test(secret)) {
    return 'holds a character that has a meaning in URLs; allowed: letters, digits, "-", "_" and "."';
  }
  if (name === 'token' && !HEADER_TEXT.test(secret)) {
    return 'holds a character that no Authorization header can carry; allowed: one word of ASCII';
  }
  return undefined;
}

function faultAt(slot: SecretSlot, key: Path, of: Finding['of'], sentence: string): Finding {
  return { path: [...slot.path, ...key], of, sentence };
}
