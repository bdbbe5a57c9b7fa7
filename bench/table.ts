/** Prints rows as a Markdown table, with columns of equal width; the first row is the head. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const rule = widths.map((width, column) => (column === 0 ? '' : ':').padStart(width, '-'));
  console.log('');
  for (const row of [head, rule, ...body]) {
    const cells = widths.map((width, column) => pad(row[column] ?? '', width, column));
    console.log(`| ${cells.join(' | ')} |`);
  }
  console.log('');
}

function pad(text: string, width: number, column: number): string {
  if (/^-+:?$/.test(text)) return column === 0 ? text.padEnd(width, '-') : text.replace(/^-/, '-');
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

export function fixed(value: number, digits = 1): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

export function times(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(2)}x` : '–';
}

export function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
