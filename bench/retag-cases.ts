import { writeFileSync } from 'node:fs';
import { parseTagName, type TagName } from '../src/core/names';
import { type TestConfig, writeTestConfig } from '../test/support/test-config';

/** Requests at a time, in the service and in the client module; connections of the raw loops. */
export const CONNECTIONS = 8;

/** Releases that move one, four or ten tags each, by the rules of their repositories. */
export interface RetagCase {
  readonly tags: readonly TagName[];
  /** Written before the version of a release. */
  readonly prefix: '' | 'v';
  /** Rules that make the service move these tags. */
  readonly rules: readonly string[];
}

export const ONE_TAG: RetagCase = {
  tags: ['latest'].map(parseTagName),
  prefix: '',
  rules: ['levels: [latest]'],
};

export const FOUR_TAGS: RetagCase = {
  tags: ['1.0', '1', 'lts', 'latest'].map(parseTagName),
  prefix: '',
  rules: ['channels: { lts: { majors: [1], tags: [latest] } }'],
};

const TEN_TAGS: RetagCase = {
  tags: ['1.0', 'v1.0', '1', 'v1', '1.0-lts', 'v1.0-lts', '1-lts', 'v1-lts', 'lts', 'latest'].map(
    parseTagName,
  ),
  prefix: 'v',
  rules: [
    'versionPrefix: both',
    'channels: { lts: { majors: [1], tags: [minor, major, latest] } }',
  ],
};

export const CASES: readonly RetagCase[] = [ONE_TAG, FOUR_TAGS, TEN_TAGS];

/** Without the registry's id. The end of the name says which rules hold. */
export function repositoryOf(owner: string, { tags }: RetagCase): string {
  return `gallery/${owner}-moves-${tags.length}`;
}

export function releaseTagOf({ prefix }: RetagCase, patch: number): TagName {
  return parseTagName(`${prefix}1.0.${patch}`);
}

/** A configuration in which each case's repositories have its rules. */
export function writeRetagConfig(registryUrl: string): TestConfig {
  const config = writeTestConfig({ registryUrl });
  const repositories = CASES.flatMap(({ tags, rules }) => [
    `  - match: local/gallery/*-moves-${tags.length}`,
    ...rules.map((rule) => `    ${rule}`),
  ]);
  const text = [
    'listen: 127.0.0.1:0',
    'database: sqlite:./tagward.db',
    'registries:',
    `  local: { url: "${registryUrl}", concurrency: ${CONNECTIONS} }`,
    'repositories:',
    ...repositories,
    'sources:',
    '  ci: { kind: generic, secretFile: ./secrets/WEBHOOK_SECRET, allow: [local/gallery/*] }',
    'anonymous: read',
    'sweep: { every: 1h }',
    '',
  ];
  writeFileSync(config.path, text.join('\n'));
  return config;
}
