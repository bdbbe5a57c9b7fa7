import { harmless } from './server-text';

export type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'yellow';

export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, green: 32, yellow: 33, cyan: 36 };

/** The text in a style, on a terminal that shows it. */
export function paint(text: string, style: Style | undefined, colors: boolean): string {
  return colors && style !== undefined ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/** Rows in aligned columns below a heading; the last column is not padded. */
export function tableOf(
  heading: readonly string[],
  rows: readonly (readonly Cell[])[],
  colors: boolean,
): string {
  const all = [heading.map((text): Cell => ({ text, style: 'dim' })), ...rows].map((row) =>
    row.map((cell) => ({ ...cell, text: harmless(cell.text) })),
  );
  const widths = heading.map((_, column) =>
    all.reduce((width, row) => Math.max(width, (row[column]?.text ?? '').length), 0),
  );
  const lines = all.map((row) =>
    row.map(({ text, style }, column) => {
      const isLast = column === row.length - 1;
      const padding = isLast ? '' : ' '.repeat((widths[column] ?? 0) - text.length);
      return `${paint(text, style, colors)}${padding}`;
    }),
  );
  return lines.map((cells) => `${cells.join('  ')}\n`).join('');
}

/** A text of others in one cell: quoted where blanks would mislead, cut to a length. */
export function quoted(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return /^[!-~…]+$/.test(cut) ? cut : JSON.stringify(cut);
}
