import type { Resolution, ResolvedTag, SkippedTag } from '../core/resolve';
import type { RepositoryRules } from '../core/rules';
import type { Output } from './command';
import type { OutputFormat } from './command-line';
import { rulesData } from './rules-text';
import { paint, type Style, tableOf, quoted } from './table';

export interface OutputOptions {
  readonly format: OutputFormat;
  readonly colors: boolean;
  readonly output: Output;
}

/** Prints a resolution in one of the formats; `rules` are those that it was made by. */
export function printResolution(
  { rules, moving, skipped }: Resolution & { readonly rules: RepositoryRules },
  { format, colors, output }: OutputOptions,
): void {
  switch (format) {
    case 'json':
      output.write(`${JSON.stringify({ rules: rulesData(rules), moving, skipped }, null, 2)}\n`);
      return;
    case 'ndjson':
      output.write(
        [
          { rules: rulesData(rules) },
          ...moving.map((tag) => ({ moving: tag })),
          ...skipped.map((tag) => ({ skipped: tag })),
        ]
          .map((line) => `${JSON.stringify(line)}\n`)
          .join(''),
      );
      return;
    case 'table':
      output.write(`${movingTable(moving, colors)}${skippedTable(skipped, colors)}`);
  }
}

const STYLES: Readonly<Record<string, Style>> = { new: 'cyan', agrees: 'green', differs: 'yellow' };

function movingTable(moving: readonly ResolvedTag[], colors: boolean): string {
  if (moving.length === 0) return 'No moving tags.\n';
  const rows = moving.map((tag) => {
    const state = stateOf(tag);
    return [
      { text: tag.tag },
      { text: tag.release ?? '–' },
      { text: state, style: STYLES[state] },
      { text: tag.reason.text },
    ];
  });
  return tableOf(['MOVING TAG', 'RELEASE', 'STATE', 'REASON'], rows, colors);
}

function stateOf({ agrees }: ResolvedTag): 'new' | 'agrees' | 'differs' {
  if (agrees === undefined) return 'new';
  return agrees ? 'agrees' : 'differs';
}

const MOST_NAMED = 6;

function skippedTable(skipped: readonly SkippedTag[], colors: boolean): string {
  if (skipped.length === 0) return '';
  const groups = new Map<string, string[]>();
  for (const { tag, reason } of skipped) {
    const group = groups.get(reason.code);
    if (group === undefined) groups.set(reason.code, [tag]);
    else group.push(tag);
  }
  const rows = [...groups]
    .sort(([, left], [, right]) => right.length - left.length)
    .map(([code, tags]) => [{ text: code }, { text: String(tags.length) }, { text: named(tags) }]);
  const heading = paint(`Skipped: ${skipped.length}`, 'bold', colors);
  return `\n${heading}\n${tableOf(['REASON', 'COUNT', 'TAGS'], rows, colors)}`;
}

function named(tags: readonly string[]): string {
  // A line of anything may be a tag, so one is cut, and a blank at its end must show.
  const shown = tags.slice(0, MOST_NAMED).map((tag) => quoted(tag, 40));
  const more = tags.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
