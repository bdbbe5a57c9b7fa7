import type { Memory } from './memory';
import type { FuzzFault, FuzzReport } from './run';

const MIB = 1024 * 1024;
/** A longer body is made again by its number. */
const LONGEST_SHOWN = 4_096;

/** One line about a run so far. */
export function progressLine({ sent, statuses, memory }: FuzzReport): string {
  const last = memory.at(-1);
  const used = last === undefined ? '' : `; ${memoryText(last)}`;
  return `${sent} inputs: ${countsText(statuses)}${used}`;
}

function memoryText({ resident, heap, external }: Memory): string {
  const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
  return `${mib(resident)} resident, heap ${mib(heap)}, external ${mib(external)}`;
}

export function countsText(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
  return sorted.map(([name, count]) => `${name} ${count}`).join(', ');
}

/** What was wrong, with what, and how it is sent again. */
export function faultText({ input, fault, answer }: FuzzFault, seed: number): string {
  const { index, kind, form, shape, headers, envelope, body } = input;
  const text = body.toString('base64');
  return [
    `✗ input ${index}: ${fault}`,
    `  kind ${kind}, ${form} (${input.fault}), shape ${shape}, answer ${answer}`,
    `  headers ${JSON.stringify(headers)}, envelope ${JSON.stringify(envelope ?? {})}`,
    `  body of ${body.length} bytes, base64: ${text.slice(0, LONGEST_SHOWN)}${text.length > LONGEST_SHOWN ? '…' : ''}`,
    `  again: npm run fuzz -- --seed ${seed} --first ${index} --inputs 1`,
  ].join('\n');
}
