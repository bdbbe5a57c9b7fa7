import { stringify } from 'yaml';
import { DEFAULT_RULES, type RepositoryRules } from '../core/rules';

/** Rules as plain data with the keys and texts of the configuration, complete. */
export function rulesData(rules: RepositoryRules): Readonly<Record<string, unknown>> {
  const channels = Object.entries(rules.channels).map(
    ([name, { soak, ...channel }]): [string, unknown] => [
      name,
      { ...channel, ...(soak !== undefined && { soak: durationText(soak) }) },
    ],
  );
  return { ...rules, channels: Object.fromEntries(channels) };
}

/** What inference decides, whatever it is; of the rest only what is no default. */
const ALWAYS = new Set(['scheme', 'levels', 'versionPrefix', 'zeroMajor', 'variants']);

/** Rules as YAML that `--rules` reads back; defaults that nobody chose are left out. */
export function rulesYaml(rules: RepositoryRules): string {
  const defaults = rulesData(DEFAULT_RULES);
  const shown = Object.entries(rulesData(rules)).filter(
    ([key, value]) => ALWAYS.has(key) || JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  return stringify(Object.fromEntries(shown), { flowCollectionPadding: true }).trimEnd();
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
] as const;

/** 1,209,600,000 → `14d`: the largest unit that gives a whole number. */
function durationText(ms: number): string {
  for (const [unit, letter] of UNITS) if (ms % unit === 0) return `${ms / unit}${letter}`;
  return `${ms / 1_000}s`;
}
