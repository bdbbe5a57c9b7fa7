import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isRepositoryPath } from '../src/core/names';
import type { ContractTarget } from '../test/contract/target';

export const USAGE = `usage: npm run test:contract [-- --document]
       npm run test:contract -- --url URL [--ca FILE] [--username NAME --password-file FILE]
                                [--realm HOST[:PORT]]... [--repository PREFIX]

Without --url: on every registry server that is found here, and on the in-memory registry with the
ways of each product; --document writes the table in docs/registries.md from that.
With --url: on one registry. Its account has to be allowed to push below PREFIX, which is
tagward-contract unless given; one that ends with - or / is continued as it is. --realm names a
token service on another host than the registry's. What was pushed is deleted where that can be.`;

export type ContractArguments =
  | { readonly kind: 'local'; readonly document: boolean }
  | { readonly kind: 'url'; readonly target: Omit<ContractTarget, 'manyTags'> }
  | { readonly kind: 'wrong'; readonly reason: string };

const OPTIONS = {
  document: { type: 'boolean' },
  url: { type: 'string' },
  ca: { type: 'string' },
  username: { type: 'string' },
  'password-file': { type: 'string' },
  realm: { type: 'string', multiple: true },
  repository: { type: 'string' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** What the command line asks for; reads the files that it names. */
export function readArguments(args: readonly string[]): ContractArguments {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const { url, document = false, ...others } = values;
    if (url !== undefined && !document) return { kind: 'url', target: targetOf(url, values) };
    const [stray] = Object.keys(others);
    if (stray !== undefined) return wrong(`--${stray} goes with --url`);
    return url === undefined ? { kind: 'local', document } : wrong('--document is without --url');
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

function targetOf(text: string, values: Values): Omit<ContractTarget, 'manyTags'> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error('--url takes an http or https URL');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '') {
    throw new Error('--url takes neither credentials nor a query');
  }
  const { ca, realm } = values;
  const credentials = credentialsOf(values);
  const place = (url.host + url.pathname).replace(/\/+$/, '');
  return {
    ...{ registry: place, url: `${url.protocol}//${place}`, prefix: prefixOf(values.repository) },
    ...(ca === undefined ? {} : { ca: readFileSync(ca, 'utf8') }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(realm === undefined ? {} : { realms: realm }),
  };
}

function credentialsOf({
  username,
  'password-file': file,
}: Values): ContractTarget['credentials'] | undefined {
  if (username === undefined && file === undefined) return undefined;
  if (username === undefined || file === undefined) {
    throw new Error('--username and --password-file go together');
  }
  return { username, password: readFileSync(file, 'utf8').replace(/\r?\n$/, '') };
}

/** Every run has names of its own, so that several can use one registry. */
function prefixOf(repository = 'tagward-contract'): string {
  const begin = /[-/]$/.test(repository) ? repository : `${repository}/`;
  const prefix = `${begin}${randomBytes(3).toString('hex')}-`;
  if (isRepositoryPath(`${prefix}0`)) return prefix;
  throw new Error('--repository takes the beginning of a repository name, such as team/contract');
}

function wrong(reason: string): ContractArguments {
  return { kind: 'wrong', reason };
}
