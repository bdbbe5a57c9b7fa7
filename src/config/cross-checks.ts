import { compareSpecificity, globsOverlap } from '../core/glob';
import type { ConfigFileInput } from './config-file.schema';
import { type Finding, type Path, textOfPath } from './finding';
import type { Salvaged } from './salvage';
import { suggest } from './suggestion';

type Config = Salvaged<ConfigFileInput>;
interface Entry {
  readonly path: Path;
  readonly text: string;
}

/** What is wrong between settings that are each legal on their own. */
export function crossCheck(config: Config): readonly Finding[] {
  const patterns = patternsOf(config);
  return [
    ...unknownRegistries(config, patterns),
    ...ambiguousPatterns(patterns),
    ...unknownPolicies(config),
    ...(config.repositories ?? []).flatMap((repository, index) =>
      repeated(entriesOf(repository?.levels ?? [], ['repositories', index, 'levels'])),
    ),
    ...repeated(tokenNamesOf(config)),
  ];
}

function patternsOf(config: Config): readonly Entry[] {
  return (config.repositories ?? []).flatMap((repository, index) =>
    entryOf(repository?.match, ['repositories', index, 'match']),
  );
}

function tokenNamesOf(config: Config): readonly Entry[] {
  return (config.tokens ?? []).flatMap((token, index) =>
    entryOf(token?.name, ['tokens', index, 'name']),
  );
}

function unknownRegistries(config: Config, patterns: readonly Entry[]): readonly Finding[] {
  const used = [
    ...patterns.map(({ path, text }) => ({ path, text: text.split('/', 1)[0] ?? '' })),
    ...Object.entries(config.sources ?? {}).flatMap(([id, source]) =>
      source !== undefined && 'registry' in source
        ? entryOf(source.registry, ['sources', id, 'registry'])
        : [],
    ),
  ];
  const known = namesOf(config, 'registries', config.registries);
  return used
    .filter(({ text }) => !text.includes('*') && known?.includes(text) === false)
    .map(({ path, text }) =>
      fault(path, `no registry "${text}" under registries; ${suggest(text, known ?? [])}`),
    );
}

function unknownPolicies(config: Config): readonly Finding[] {
  const { retention } = config;
  const known =
    'retention' in config && retention === undefined
      ? undefined
      : namesOf(retention ?? {}, 'policies', retention?.policies);
  return (config.repositories ?? [])
    .flatMap((repository, index) =>
      entryOf(repository?.retention?.policy, ['repositories', index, 'retention', 'policy']),
    )
    .filter(({ text }) => known?.includes(text) === false)
    .map(({ path, text }) =>
      fault(path, `no policy "${text}" under retention.policies; ${suggest(text, known ?? [])}`),
    );
}

/** Two patterns of which neither is more specific would leave it to chance whose rules count. */
function ambiguousPatterns(patterns: readonly Entry[]): readonly Finding[] {
  return patterns.flatMap(({ path, text }, index) =>
    patterns
      .slice(0, index)
      .filter(
        (other) => compareSpecificity(other.text, text) === 0 && globsOverlap(other.text, text),
      )
      .map((other) =>
        fault(
          path,
          `"${text}" and "${other.text}" (${textOfPath(other.path)}) match the same repositories and neither is more specific; make one of them more specific`,
        ),
      ),
  );
}

function repeated(entries: readonly Entry[]): readonly Finding[] {
  return entries
    .filter(({ text }, index) => entries.slice(0, index).some((other) => other.text === text))
    .map(({ path, text }) => fault(path, `"${text}" is given twice; allowed: every one once`));
}

/** Undefined when the whole section was refused: then nothing can be said about its names. */
function namesOf(
  parent: object,
  section: string,
  group: object | undefined,
): readonly string[] | undefined {
  return section in parent && group === undefined ? undefined : Object.keys(group ?? {});
}

function entriesOf(texts: readonly (string | undefined)[], path: Path): readonly Entry[] {
  return texts.flatMap((text, index) => entryOf(text, [...path, index]));
}

function entryOf(text: string | undefined, path: Path): readonly Entry[] {
  return text === undefined ? [] : [{ path, text }];
}

function fault(path: Path, sentence: string): Finding {
  return { path, of: 'value', sentence };
}
