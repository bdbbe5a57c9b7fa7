import type { Environment } from './environment';
import { type Finding, textOfPath } from './finding';
import { Secret } from './secret';
import type { SecretSlot } from './secret-slots';
import { readTextFile, resolvePath } from './text-file';

const VARIABLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const WEBHOOK_PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const HEADER_TEXT = /^[\x21-\x7e]+$/;

/** Where secrets come from. */
export interface SecretContext {
  readonly folder: string;
  readonly env: Environment;
}

/** Every secret by the text of its path, such as `sources.ci.secret`, and what is wrong with the rest. */
export interface ReadSecrets {
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly findings: readonly Finding[];
}

/** Reads the secrets of all slots. No finding holds a secret, not even a wrong one. */
export function readSecrets(slots: readonly SecretSlot[], context: SecretContext): ReadSecrets {
  const secrets = new Map<string, Secret>();
  const findings: Finding[] = [];
  for (const slot of slots) {
    const read = readSecret(slot, context);
    if (typeof read === 'string') secrets.set(secretKeyOf(slot), new Secret(read));
    else if (read !== undefined) findings.push(read);
  }
  return { secrets, findings };
}

/** The key of a slot in {@link ReadSecrets}. */
export function secretKeyOf({ path, name }: Pick<SecretSlot, 'path' | 'name'>): string {
  return textOfPath([...path, name]);
}

/** Undefined when the schema has said already what is wrong. */
function readSecret(slot: SecretSlot, context: SecretContext): string | Finding | undefined {
  const { name, inline, file, incomplete } = slot;
  if (inline !== undefined && file !== undefined) {
    return faultAt(
      slot,
      name,
      'key',
      `both \`${name}\` and \`${name}File\` are given; allowed: one of them`,
    );
  }
  if (file !== undefined) return fromFile(slot, file, context);
  if (inline !== undefined) return fromEnvironment(slot, inline, context);
  if (incomplete) return undefined;
  const allowed = `\`${name}File\`, or \`${name}\` as \${NAME} from the environment`;
  return faultAt(slot, `${name}File`, 'value', `is missing; allowed: ${allowed}`);
}

function fromFile(slot: SecretSlot, file: string, { folder }: SecretContext): string | Finding {
  const key = `${slot.name}File`;
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
  slot: SecretSlot,
  inline: string,
  { env }: SecretContext,
): string | Finding {
  const { name } = slot;
  const variable = VARIABLE.exec(inline)?.[1];
  if (variable === undefined) {
    const sentence = `a secret does not stand in this file; use \`${name}File\`, or \${NAME} from the environment`;
    return faultAt(slot, name, 'value', sentence);
  }
  const secret = env[variable];
  if (secret === undefined) {
    return faultAt(slot, name, 'value', `the environment has no variable ${variable}`);
  }
  const weakness = weaknessOf(name, secret);
  if (weakness === undefined) return secret;
  return faultAt(slot, name, 'value', `the variable ${variable} ${weakness}`);
}

function weaknessOf(name: SecretSlot['name'], secret: string): string | undefined {
  if (secret === '') return 'is empty; allowed: the text of a secret';
  if (name === 'secret' && secret.startsWith(WEBHOOK_PREFIX)) {
    const key = secret.slice(WEBHOOK_PREFIX.length);
    return key !== '' && BASE64.test(key) ? undefined : 'has no valid base64 behind whsec_';
  }
  if (name === 'token' && !HEADER_TEXT.test(secret)) {
    return 'holds a character that no Authorization header can carry; allowed: one word of ASCII';
  }
  return undefined;
}

function faultAt(slot: SecretSlot, key: string, of: Finding['of'], sentence: string): Finding {
  return { path: [...slot.path, key], of, sentence };
}
