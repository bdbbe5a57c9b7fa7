import { IN_MEMORY } from './fake-targets';
import type { ContractResult } from './results';

const BEGIN = '<!-- contract:begin -->';
const END = '<!-- contract:end -->';
const HEADER = 'capability';
const WORDS = { ok: 'yes', unsupported: 'no', skipped: '-', failed: 'FAILED' } as const;

/** The text with the table between its markers made of the results. Throws without the markers. */
export function withTable(text: string, results: readonly ContractResult[]): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`there is no ${BEGIN} before an ${END}`);
  const before = text.slice(0, begin) + BEGIN;
  // Padded to equal columns the table would be three times as wide.
  const ignored = `<!-- prettier-ignore-start -->\n${tablesOf(results)}\n<!-- prettier-ignore-end -->`;
  return `${before}\n\n${ignored}\n\n${text.slice(end)}`;
}

/** The registries and the capabilities that a text's table is about. */
export function tableIn(text: string): {
  readonly registries: readonly string[];
  readonly capabilities: readonly string[];
} {
  const table = text.slice(text.indexOf(BEGIN), text.indexOf(END)).split('\n').map(cellsOf);
  const headers = table.filter(([first]) => first === HEADER);
  const rows = table.flatMap(([first = '']) => (first.startsWith('`') ? [first] : []));
  const capabilities = new Set(rows.map((cell) => cell.replaceAll('`', '')));
  return {
    registries: headers.flatMap((cells) => cells.slice(1)),
    capabilities: [...capabilities],
  };
}

function cellsOf(line: string): readonly string[] {
  const cells = line.split('|').map((cell) => cell.trim());
  return cells.slice(1, -1);
}

/** Real registries and those in memory apart, since a row can hold only so much. */
function tablesOf(results: readonly ContractResult[]): string {
  const isFake = ({ registry }: ContractResult): boolean => registry.startsWith(IN_MEMORY);
  const real = results.filter((one) => !isFake(one));
  const missing = real.filter(({ capability }) => capability === '*');
  const notThere = missing.map(({ registry, detail = '' }) => `Skipped: ${registry} (${detail}).`);
  const fake = results.filter(isFake).map((one) => ({
    ...one,
    registry: one.registry.slice(IN_MEMORY.length),
  }));
  const found = real.filter(({ capability }) => capability !== '*');
  return [
    ...['Real servers:', '', tableOf(found), ''],
    ...(notThere.length === 0 ? [] : [...notThere, '']),
    ...['The in-memory registry with the ways of each product:', '', tableOf(fake)],
  ].join('\n');
}

function tableOf(results: readonly ContractResult[]): string {
  const registries = [...new Set(results.map(({ registry }) => registry))];
  const capabilities = [...new Set(results.map(({ capability }) => capability))];
  const word = (registry: string, capability: string): string => {
    const found = results.find((one) => one.registry === registry && one.capability === capability);
    return found === undefined ? '' : WORDS[found.result];
  };
  const rows = capabilities.map((capability) =>
    rowOf([`\`${capability}\``, ...registries.map((registry) => word(registry, capability))]),
  );
  const rule = rowOf(['---', ...registries.map(() => '---')]);
  return [rowOf([HEADER, ...registries]), rule, ...rows].join('\n');
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
