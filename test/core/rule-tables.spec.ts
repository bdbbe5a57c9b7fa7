import { digestOf, isMove, NOW, SimulatedRepository, targetOf } from './builders';
import {
  byTag,
  holdOf,
  listed,
  movingOf,
  resolvedTag,
  resolveListing,
  rulesFrom,
  skippedOf,
} from './listing';

interface Case {
  readonly fact: string;
  readonly rules?: string;
  readonly tags: readonly string[];
  /** Moving tags by the release that they should be on. */
  readonly moving: Readonly<Record<string, string>>;
  readonly skipped?: Readonly<Record<string, string>>;
}

/** Corner cases beyond the numbered ones, by the rule that decides them. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'P2: the scheme': [
    {
      fact: 'four parts have a level patch',
      rules: '{ scheme: four-part }',
      tags: ['24.10.1.2812', '24.10.1.99', '24.9.3.1', '24.10.1'],
      moving: {
        '24.10.1.2812': '24.10.1 24.10 24 latest',
        '24.9.3.1': '24.9.3 24.9',
      },
    },
    {
      fact: 'four parts order by the fourth, too',
      rules: '{ scheme: four-part, levels: [patch] }',
      tags: ['3.5.2.9', '3.5.2.10'],
      moving: { '3.5.2.10': '3.5.2' },
    },
    {
      fact: 'a longer version is never cut down',
      rules: '{ scheme: two-part }',
      tags: ['18.5', '18.6.1', '18.6.1-rc1'],
      moving: { '18.5': '18 latest' },
      skipped: { '18.6.1': 'wrong-part-count', '18.6.1-rc1': 'wrong-part-count' },
    },
    {
      fact: 'a two-part candidate is a pre-release of two parts',
      rules: '{ scheme: two-part, channels: { rc: { match: prerelease } } }',
      tags: ['18.6', '19.0-rc1', '19.0-beta2'],
      moving: { '18.6': '18 latest', '19.0-rc1': '19.0-rc' },
    },
  ],
  'P4: calver keeps the text': [
    {
      fact: 'two parts give the year and latest',
      rules: '{ scheme: calver }',
      tags: ['24.04', '24.10'],
      moving: { '24.10': '24 latest' },
    },
    {
      fact: 'three parts give the text of the month as it is written',
      rules: '{ scheme: calver }',
      tags: ['2026.07.1', '2026.07.02', '2026.11.1'],
      moving: { '2026.11.1': '2026.11 2026 latest', '2026.07.02': '2026.07' },
    },
    {
      fact: 'months compare as numbers however they are written',
      rules: '{ scheme: calver }',
      tags: ['2026.9.1', '2026.10.1', '2026.08.1'],
      moving: { '2026.10.1': '2026.10 2026 latest', '2026.9.1': '2026.9', '2026.08.1': '2026.08' },
    },
    {
      fact: 'a leading zero is refused everywhere else',
      tags: ['1.02.3', '1.2.3-rc.01', '1.2.3'],
      moving: { '1.2.3': '1.2 1 latest' },
      skipped: { '1.02.3': 'leading-zero', '1.2.3-rc.01': 'leading-zero' },
    },
  ],
  'P5: whole numbers': [
    {
      fact: 'the largest one counts, one above it does not',
      tags: ['1.0.9007199254740991', '1.0.9007199254740992', '1.0.2'],
      moving: { '1.0.9007199254740991': '1.0 1 latest' },
      skipped: { '1.0.9007199254740992': 'number-too-large' },
    },
  ],
  'P6: what is not strict': [
    {
      fact: 'a glued candidate is refused by default',
      tags: ['3.5.0', '3.6.0rc1', '3.6.0a4'],
      moving: { '3.5.0': '3.5 3 latest' },
      skipped: { '3.6.0rc1': 'not-a-version', '3.6.0a4': 'not-a-version' },
    },
    {
      fact: 'an accepted glued candidate is a pre-release and nothing else',
      rules: '{ parse: { gluedPrerelease: accept }, channels: { rc: { match: prerelease } } }',
      tags: ['3.5.0', '3.6.0a4', '3.6.0b1', '3.6.0rc1'],
      moving: { '3.5.0': '3.5 3 latest', '3.6.0rc1': '3.6-rc' },
    },
    {
      fact: 'a short pre-release is accepted on its own',
      rules: '{ parse: { shortPrerelease: accept }, channels: { rc: { match: prerelease } } }',
      tags: ['4.0-beta1', '4.0-rc2', '3.11.1', '3.2'],
      moving: { '4.0-rc2': '4.0-rc', '3.11.1': '3.11 3 latest' },
      skipped: { '3.2': 'wrong-part-count' },
    },
    {
      fact: 'a glued short pre-release needs both settings',
      rules: '{ parse: { gluedPrerelease: accept, shortPrerelease: accept } }',
      tags: ['1.10beta1', '1.9.0'],
      moving: { '1.9.0': '1.9 1 latest' },
      skipped: { '1.10beta1': 'prerelease' },
    },
    {
      fact: 'an accepted short release counts its missing part as 0 and keeps its text',
      rules: '{ parse: { shortRelease: accept } }',
      tags: ['3.2', '3.1.5'],
      moving: { '3.2': '3 latest', '3.1.5': '3.1' },
    },
    {
      fact: 'a short release and its long spelling on one digest are one release',
      rules: '{ parse: { shortRelease: accept } }',
      tags: ['3.1.9', '3.2@A', '3.2.0@A'],
      moving: { '3.2.0': '3.2 3 latest', '3.1.9': '3.1' },
    },
  ],
  'P8: a bare number after the version': [
    {
      fact: 'is a pre-release by default',
      tags: ['2.1.0', '2.1.1-3'],
      moving: { '2.1.0': '2.1 2 latest' },
      skipped: { '2.1.1-3': 'prerelease' },
    },
    {
      fact: 'is a correction under revision, ordered by number, and the version stays a release',
      rules: '{ parse: { numericSuffix: revision } }',
      tags: ['2.1.0', '2.1.0-2', '2.1.0-10'],
      moving: { '2.1.0-10': '2.1 2 latest' },
    },
    {
      fact: 'makes the version a moving tag together with revisions',
      rules: '{ revisions: true, parse: { numericSuffix: revision } }',
      tags: ['2.1.0-2', '2.1.0-10'],
      moving: { '2.1.0-10': '2.1.0 2.1 2 latest' },
    },
    {
      fact: 'is refused under reject',
      rules: '{ parse: { numericSuffix: reject } }',
      tags: ['2.1.0', '2.1.1-3', '2.1.1-rc-3'],
      moving: { '2.1.0': '2.1 2 latest' },
      skipped: { '2.1.1-3': 'not-a-version', '2.1.1-rc-3': 'prerelease' },
    },
    {
      fact: 'counts after a variant, too',
      rules: '{ parse: { numericSuffix: revision }, variants: { known: ["alpine*"] } }',
      tags: ['2.1.0-alpine3.23', '2.1.0-alpine3.23-2'],
      moving: { '2.1.0-alpine3.23-2': '2.1-alpine3.23 2-alpine3.23 alpine3.23' },
    },
  ],
  'P7: build metadata': [
    {
      fact: 'is read back after an underscore, and has no precedence',
      tags: ['2.1.106_build.7', '2.1.105_build.9'],
      moving: { '2.1.106_build.7': '2.1 2 latest' },
    },
    {
      fact: 'is not read back after a dash',
      rules: '{ parse: { buildMetadata: dash } }',
      tags: ['2.1.105', '2.1.106-build.7', '2.1.106_build.7'],
      moving: { '2.1.105': '2.1 2 latest' },
      skipped: { '2.1.106-build.7': 'undeclared-variant', '2.1.106_build.7': 'not-a-version' },
    },
    {
      fact: 'that differs on two digests is a conflict',
      tags: ['2.1.105', '2.1.106_a@A', '2.1.106_b@B'],
      moving: { '2.1.105': '2.1 2 latest' },
      skipped: { '2.1.106_a': 'conflict', '2.1.106_b': 'conflict' },
    },
    {
      fact: 'of a pre-release leaves it a pre-release',
      tags: ['2.1.105', '2.1.106-rc.1_build.7'],
      moving: { '2.1.105': '2.1 2 latest' },
      skipped: { '2.1.106-rc.1_build.7': 'prerelease' },
    },
  ],
  'P9: dates and hashes': [
    {
      fact: 'are no versions',
      tags: [
        ...['20260805', '2026-08-05', '20260805.1', 'ab12cd3', '7f3a9c2', 'sha-ab12cd3'],
        ...['2.0.330-63-gc1cfb6864', 'main', 'pr-42', '3.24.1'],
      ],
      moving: { '3.24.1': '3.24 3 latest' },
      skipped: {
        ...{ '20260805': 'other', '2026-08-05': 'other', '20260805.1': 'other' },
        ...{ ab12cd3: 'other', '7f3a9c2': 'other', 'sha-ab12cd3': 'other' },
        ...{ '2.0.330-63-gc1cfb6864': 'other', main: 'other', 'pr-42': 'other' },
      },
    },
  ],
  'R1: suffixes, segment by segment': [
    {
      fact: 'the word may stand before or after the variant',
      rules:
        '{ variants: { known: [bookworm, "ubi*"] }, channels: { rc: { match: prerelease, tags: [minor, latest] } } }',
      tags: ['3.15.0-rc3-bookworm', '13.0.1-ubi10-rc'],
      moving: {
        '3.15.0-rc3-bookworm': '3.15-rc-bookworm rc-bookworm',
        '13.0.1-ubi10-rc': '13.0-ubi10-rc ubi10-rc',
      },
    },
    {
      fact: 'a glob takes no pre-release word along',
      rules: '{ variants: { known: ["alpine*"] } }',
      tags: ['1.2.3-alpine', '1.2.4-alpine-rc1', '1.2.4-alpine3.12-rc.1'],
      moving: { '1.2.3-alpine': '1.2-alpine 1-alpine alpine' },
      skipped: { '1.2.4-alpine-rc1': 'prerelease', '1.2.4-alpine3.12-rc.1': 'prerelease' },
    },
    {
      fact: 'variants of several segments and several variants are read',
      rules: '{ variants: { known: ["windowsservercore-ltsc*", slim, bookworm] } }',
      tags: ['1.2.3-windowsservercore-ltsc2025', '1.2.3-slim-bookworm', '1.2.3-slim-trixie'],
      moving: {
        '1.2.3-windowsservercore-ltsc2025':
          '1.2-windowsservercore-ltsc2025 1-windowsservercore-ltsc2025 windowsservercore-ltsc2025',
        '1.2.3-slim-bookworm': '1.2-slim-bookworm 1-slim-bookworm slim-bookworm',
      },
      skipped: { '1.2.3-slim-trixie': 'undeclared-variant' },
    },
    {
      fact: 'another list of words replaces the usual one',
      rules: '{ prereleaseWords: [canary] }',
      tags: ['1.2.3', '1.3.0-canary.1', '1.3.0-rc.1'],
      moving: { '1.2.3': '1.2 1 latest' },
      skipped: { '1.3.0-canary.1': 'prerelease', '1.3.0-rc.1': 'undeclared-variant' },
    },
  ],
  'R2 and R3: pre-releases': [
    {
      fact: 'an announced one is one whatever its text says',
      tags: ['2.0.0', '2.1.0 ~'],
      moving: { '2.0.0': '2.0 2 latest' },
      skipped: { '2.1.0': 'prerelease' },
    },
    {
      fact: 'an announced one is in the channel of pre-releases',
      rules: '{ channels: { rc: { match: prerelease } } }',
      tags: ['2.0.0', '2.1.0 ~'],
      moving: { '2.0.0': '2.0 2 latest', '2.1.0': '2.1-rc' },
    },
    {
      fact: 'bootstrapLatest is for latest alone, in a variant for its own',
      rules: '{ bootstrapLatest: true, variants: { known: [alpine] } }',
      tags: ['1.0.0-rc.1', '1.0.0-rc.2', '1.0.0-rc.2-alpine'],
      moving: { '1.0.0-rc.2': 'latest', '1.0.0-rc.2-alpine': 'alpine' },
    },
    {
      fact: 'bootstrapLatest ends with the first release, however low',
      rules: '{ bootstrapLatest: true }',
      tags: ['1.0.0-rc.1', '0.9.0'],
      moving: { '0.9.0': '0.9 latest' },
      skipped: { '1.0.0-rc.1': 'prerelease' },
    },
  ],
  'O1: order': [
    {
      fact: 'words and numbers compare naturally',
      rules: '{ channels: { rc: { match: rc }, beta: { match: beta } } }',
      tags: ['1.0.0-rc9', '1.0.0-rc10', '1.0.0-rc.8', '1.0.0-beta.2', '1.0.0-beta.11'],
      moving: { '1.0.0-rc10': '1.0-rc', '1.0.0-beta.11': '1.0-beta' },
    },
  ],
  'L3: levels are a set': [
    {
      fact: 'latest without major',
      rules: '{ levels: [minor, latest] }',
      tags: ['2.1.0', '2.2.0'],
      moving: { '2.1.0': '2.1', '2.2.0': '2.2 latest' },
    },
    {
      fact: 'latest alone',
      rules: '{ levels: [latest] }',
      tags: ['2.1.0', '2.2.0'],
      moving: { '2.2.0': 'latest' },
    },
  ],
  'Z1: major 0': [
    {
      fact: 'zeroMajor publishes 0 and 0.0',
      rules: '{ zeroMajor: true }',
      tags: ['0.0.3', '0.1.2', '0.0.4'],
      moving: { '0.1.2': '0.1 0 latest', '0.0.4': '0.0' },
    },
    {
      fact: 'a channel has no tag of 0 either',
      rules: '{ channels: { rc: { match: prerelease, tags: [minor, major, latest] } } }',
      tags: ['0.3.0-rc.1', '0.0.4-rc.1'],
      moving: { '0.3.0-rc.1': '0.3-rc rc' },
    },
  ],
  'V1: the prefix': [
    {
      fact: 'both sets have one owner, bare releases stay bare',
      rules: '{ versionPrefix: both }',
      tags: ['v2.1.3', '2.2.0'],
      moving: { 'v2.1.3': '2.1 v2.1 v2', '2.2.0': '2.2 2 latest' },
    },
  ],
  'K1: two spellings': [
    {
      fact: 'on one digest are one release, shown bare',
      tags: ['v2.1.0@A', '2.1.0@A'],
      moving: { '2.1.0': '2.1 2 latest' },
    },
    {
      fact: 'have one name in any order although none is bare',
      tags: ['2.1.0_b@A', '2.1.0_a@A'],
      moving: { '2.1.0_a': '2.1 2 latest' },
    },
    {
      fact: 'on two digests are out, and other tags go to the highest left',
      tags: ['2.0.9', '2.1.0@A', 'v2.1.0@B'],
      moving: { '2.0.9': '2.0 2 latest' },
      skipped: { '2.1.0': 'conflict', 'v2.1.0': 'conflict' },
    },
    {
      fact: 'leave a tag that stands on one of them where it is',
      tags: ['2.0.9', '2.1.0@A', 'v2.1.0@B', '2.1@A', 'latest@B'],
      moving: { '2.0.9': '2.0 2', '2.1.0': '2.1', 'v2.1.0': 'latest' },
      skipped: { '2.1.0': 'conflict', 'v2.1.0': 'conflict' },
    },
    {
      fact: 'are settled by a withdrawal',
      tags: ['2.0.9', '2.1.0@A !', 'v2.1.0@B'],
      moving: { '2.0.9': '2.0', 'v2.1.0': '2.1 2 latest' },
      skipped: { '2.1.0': 'withdrawn' },
    },
    {
      fact: 'of different variants are no conflict',
      rules: '{ variants: { known: [alpine] } }',
      tags: ['2.1.0@A', 'v2.1.0-alpine@B'],
      moving: { '2.1.0': '2.1 2 latest', 'v2.1.0-alpine': '2.1-alpine 2-alpine alpine' },
    },
  ],
  'K2: one name for two': [
    {
      fact: 'a short tag on the digest of a longer release is the moving tag',
      rules: '{ parse: { shortRelease: accept } }',
      tags: ['3.2@B', '3.2.1@B'],
      moving: { '3.2.1': '3.2 3 latest' },
    },
    {
      fact: 'a short release on another digest keeps its name',
      rules: '{ parse: { shortRelease: accept } }',
      tags: ['3.2@A', '3.2.1@B'],
      moving: { '3.2.1': '3 latest' },
      skipped: { '3.2': 'collision' },
    },
    {
      fact: 'without shortRelease it is the moving tag, drifted',
      tags: ['3.2@A', '3.2.1@B'],
      moving: { '3.2.1': '3.2 3 latest' },
    },
    {
      fact: 'holds under calver, too',
      rules: '{ scheme: calver }',
      tags: ['24.04@A', '24.04.2@B'],
      moving: { '24.04.2': '24 latest' },
      skipped: { '24.04': 'collision' },
    },
    {
      fact: 'a short release keeps its name from a pointer, too',
      rules:
        '{ parse: { shortRelease: accept }, variants: { known: [bookworm], defaults: { bare: bookworm } } }',
      tags: ['3.2@A', '3.2.1-bookworm@B'],
      moving: { '3.2.1-bookworm': '3.2-bookworm 3-bookworm bookworm 3 latest' },
      skipped: { '3.2': 'collision' },
    },
    {
      fact: 'a pre-release on the digest of another of its line is the tag of the channel',
      rules: '{ scheme: two-part, channels: { rc: { match: prerelease } } }',
      tags: ['19.0-rc@B', '19.0-rc1@A', '19.0-rc2@B'],
      moving: { '19.0-rc2': '19.0-rc' },
    },
    {
      fact: 'a pre-release on another digest keeps its name',
      rules: '{ scheme: two-part, channels: { rc: { match: prerelease } } }',
      tags: ['19.0-rc@Z', '19.0-rc1@A', '18.6'],
      moving: { '18.6': '18 latest' },
      skipped: { '19.0-rc': 'collision' },
    },
    {
      fact: 'a short release alone collides with nothing',
      rules: '{ parse: { shortRelease: accept } }',
      tags: ['3.2@A', '3.1.1@B'],
      moving: { '3.2': '3 latest', '3.1.1': '3.1' },
    },
  ],
  'A1 to A3: variants': [
    {
      fact: 'are independent under own',
      rules: '{ variants: { known: [alpine] } }',
      tags: ['3.13.0', '3.12.1-alpine'],
      moving: { '3.13.0': '3.13 3 latest', '3.12.1-alpine': '3.12-alpine 3-alpine alpine' },
    },
    {
      fact: 'have only the tags of the highest release of all under head',
      rules: '{ variants: { known: [alpine], scope: head } }',
      tags: ['3.13.0', '3.12.1-alpine'],
      moving: { '3.13.0': '3.13 3 latest', '3.12.1-alpine': '3.12-alpine' },
    },
    {
      fact: 'keep a tag that is there under head',
      rules: '{ variants: { known: [alpine], scope: head } }',
      tags: ['3.13.0', '3.12.1-alpine', 'alpine@3.12.1-alpine'],
      moving: { '3.13.0': '3.13 3 latest', '3.12.1-alpine': '3.12-alpine alpine' },
    },
    {
      fact: 'wait under head for a variant whose own release is the head of another',
      rules: '{ variants: { known: [alpine, slim], scope: head } }',
      tags: ['3.13.0', '3.13.0-slim', '3.14.0-alpine'],
      moving: {
        '3.13.0': '3.13 3 latest',
        '3.13.0-slim': '3.13-slim',
        '3.14.0-alpine': '3.14-alpine 3-alpine alpine',
      },
    },
    {
      fact: 'that are not declared are in no line',
      rules: '{ variants: { known: [alpine] } }',
      tags: ['3.13.0-alpine', '3.13.0-slim', '3.13.0-alpine-amd64'],
      moving: { '3.13.0-alpine': '3.13-alpine 3-alpine alpine' },
      skipped: { '3.13.0-slim': 'undeclared-variant', '3.13.0-alpine-amd64': 'undeclared-variant' },
    },
    {
      fact: 'name their latest one way only',
      rules: '{ variants: { known: [alpine], latestName: prefixed } }',
      tags: ['3.13.0-alpine'],
      moving: { '3.13.0-alpine': '3.13-alpine 3-alpine latest-alpine' },
    },
  ],
  'A4: the default OS': [
    {
      fact: 'bare tags follow a variant, and no full version tag is made',
      rules: '{ variants: { known: [bookworm, trixie], defaults: { bare: bookworm } } }',
      tags: ['3.12.2-bookworm', '3.12.3-trixie'],
      moving: {
        '3.12.2-bookworm': '3.12-bookworm 3-bookworm bookworm 3.12 3 latest',
        '3.12.3-trixie': '3.12-trixie 3-trixie trixie',
      },
    },
    {
      fact: 'the tag of a version with revisions does not follow',
      rules: '{ revisions: true, variants: { known: [debian12], defaults: { bare: debian12 } } }',
      tags: ['6.4.3-debian12-r9'],
      moving: {
        '6.4.3-debian12-r9': '6.4.3-debian12 6.4-debian12 6-debian12 debian12 6.4 6 latest',
      },
    },
    {
      fact: 'both sets move together, within the levels',
      rules:
        '{ levels: [minor], variants: { known: ["alpine*"], defaults: { alpine: alpine3.23 } } }',
      tags: ['3.12.2-alpine3.23', '3.12.3-alpine3.22'],
      moving: {
        '3.12.2-alpine3.23': '3.12-alpine3.23 3.12-alpine',
        '3.12.3-alpine3.22': '3.12-alpine3.22',
      },
    },
  ],
  'A5: completeness': [
    {
      fact: 'bare tags wait until all variants are there, variant tags do not',
      rules: '{ variants: { known: [alpine, slim], requireAll: true } }',
      tags: ['3.1.1', '3.1.1-alpine', '3.1.1-slim', '3.1.2', '3.1.2-alpine'],
      moving: {
        '3.1.1': '3.1 3 latest',
        '3.1.1-slim': '3.1-slim 3-slim slim',
        '3.1.2-alpine': '3.1-alpine 3-alpine alpine',
      },
    },
    {
      fact: 'bare tags go on when the last variant is there',
      rules: '{ variants: { known: [alpine], requireAll: true } }',
      tags: ['3.1.1', '3.1.1-alpine', '3.1.2-alpine', '3.1.2'],
      moving: { '3.1.2': '3.1 3 latest', '3.1.2-alpine': '3.1-alpine 3-alpine alpine' },
    },
    {
      fact: 'a withdrawn variant is missing',
      rules: '{ variants: { known: [alpine], requireAll: true } }',
      tags: ['3.1.1', '3.1.1-alpine', '3.1.2', '3.1.2-alpine !'],
      moving: { '3.1.1': '3.1 3 latest', '3.1.1-alpine': '3.1-alpine 3-alpine alpine' },
      skipped: { '3.1.2-alpine': 'withdrawn' },
    },
  ],
  'N1: revisions': [
    {
      fact: 'make the version a moving tag',
      rules: '{ revisions: true }',
      tags: ['6.4.3-r9', '6.4.3-r10', '6.4.2-r40'],
      moving: { '6.4.3-r10': '6.4.3 6.4 6 latest', '6.4.2-r40': '6.4.2' },
    },
    {
      fact: 'are ordered above the version itself, which is a release where none comes',
      rules: '{ revisions: true }',
      tags: ['6.4.3', '6.4.2-r1'],
      moving: { '6.4.3': '6.4 6 latest', '6.4.2-r1': '6.4.2' },
    },
    {
      fact: 'count in a variant',
      rules: '{ revisions: true, variants: { known: ["debian*"] } }',
      tags: ['6.4.3-debian12-r9', '6.4.3-debian12-r10'],
      moving: { '6.4.3-debian12-r10': '6.4.3-debian12 6.4-debian12 6-debian12 debian12' },
    },
    {
      fact: 'are unknown suffixes when they are off',
      tags: ['6.4.3-r10', '6.4.2'],
      moving: { '6.4.2': '6.4 6 latest' },
      skipped: { '6.4.3-r10': 'undeclared-variant' },
    },
  ],
  'C1 and C2: channels of pre-releases': [
    {
      fact: 'take what is above every release of their line',
      rules: '{ channels: { rc: { match: prerelease, tags: [minor, major, latest] } } }',
      tags: ['2.1.0', '2.1.0-rc.2', '2.0.5-rc.1', '2.0.4', '3.0.0-rc.1'],
      moving: {
        ...{ '2.1.0': '2.1 2 latest', '2.0.4': '2.0', '2.0.5-rc.1': '2.0-rc' },
        '3.0.0-rc.1': '3.0-rc 3-rc rc',
      },
    },
    {
      fact: 'of a word take that word only',
      rules: '{ channels: { beta: { match: beta, tags: [minor, major, latest] } } }',
      tags: ['2.3.4-beta.6', '2.3.4-alpha.9', '2.3.4-rc.1'],
      moving: { '2.3.4-beta.6': '2.3-beta 2-beta beta' },
      skipped: { '2.3.4-alpha.9': 'prerelease', '2.3.4-rc.1': 'prerelease' },
    },
    {
      fact: 'have the minor tag unless said otherwise',
      rules: '{ channels: { beta: { match: beta } } }',
      tags: ['2.3.4-beta.6'],
      moving: { '2.3.4-beta.6': '2.3-beta' },
    },
    {
      fact: 'are revived by the next patch',
      rules: '{ channels: { rc: { match: prerelease } } }',
      tags: ['4.3.0', '4.3.1-rc.1', '4.3-rc@4.3.0-rc.1', '4.3.0-rc.1'],
      moving: { '4.3.0': '4.3 4 latest', '4.3.1-rc.1': '4.3-rc' },
    },
    {
      fact: 'are not retired by the release of another variant',
      rules: '{ variants: { known: [alpine] }, channels: { rc: { match: prerelease } } }',
      tags: ['4.3.0', '4.3.0-rc.1-alpine'],
      moving: { '4.3.0': '4.3 4 latest', '4.3.0-rc.1-alpine': '4.3-rc-alpine' },
    },
    {
      fact: 'are not retired by a withdrawn release',
      rules: '{ channels: { rc: { match: prerelease } } }',
      tags: ['4.2.0', '4.3.0 !', '4.3.0-rc.1'],
      moving: { '4.2.0': '4.2 4 latest', '4.3.0-rc.1': '4.3-rc' },
      skipped: { '4.3.0': 'withdrawn' },
    },
  ],
  'C3: claiming channels': [
    {
      fact: 'odd minors are development',
      rules: '{ channels: { devel: { match: odd-minor, claim: true } } }',
      tags: ['5.38.2', '5.39.1'],
      moving: { '5.38.2': '5.38 5 latest', '5.39.1': '5.39 devel' },
    },
    {
      fact: 'mainline has major and latest although a stable minor is higher',
      rules:
        '{ channels: { stable: { match: even-minor, claim: true }, mainline: { match: odd-minor } } }',
      tags: ['1.27.5', '1.28.0', '1.26.3'],
      moving: { '1.27.5': '1.27 1 latest mainline', '1.28.0': '1.28 stable', '1.26.3': '1.26' },
    },
    {
      fact: 'the next odd minor takes mainline on',
      rules:
        '{ channels: { stable: { match: even-minor, claim: true }, mainline: { match: odd-minor } } }',
      tags: ['1.27.5', '1.28.0', '1.29.0'],
      moving: { '1.29.0': '1.29 1 latest mainline', '1.28.0': '1.28 stable', '1.27.5': '1.27' },
    },
    {
      fact: 'a range claims its releases',
      rules: '{ channels: { preview: { match: ">=10.3.0 <10.3.7", claim: true } } }',
      tags: ['10.2.9', '10.3.6'],
      moving: { '10.2.9': '10.2 10 latest', '10.3.6': '10.3 preview' },
    },
    {
      fact: 'a claimed major without another has no major tag',
      rules: '{ channels: { devel: { match: odd-minor, claim: true, tags: [latest, major] } } }',
      tags: ['5.39.1'],
      moving: { '5.39.1': '5.39 5-devel devel' },
    },
  ],
  'C4: viewing channels': [
    {
      fact: 'declare majors and their code names, and leave latest alone',
      rules: '{ channels: { lts: { majors: [22, 24], names: { 22: jod, 24: krypton } } } }',
      tags: ['26.7.0', '24.20.0', '22.30.0', '22.29.0'],
      moving: {
        ...{ '26.7.0': '26.7 26 latest', '24.20.0': '24.20 24 lts krypton' },
        ...{ '22.30.0': '22.30 22 jod', '22.29.0': '22.29' },
      },
    },
    {
      fact: 'have tags in every variant',
      rules:
        '{ variants: { known: [alpine] }, channels: { lts: { majors: [24], names: { 24: krypton } } } }',
      tags: ['24.20.0-alpine', '26.7.0-alpine'],
      moving: {
        '24.20.0-alpine': '24.20-alpine 24-alpine lts-alpine krypton-alpine',
        '26.7.0-alpine': '26.7-alpine 26-alpine alpine',
      },
    },
  ],
  'W1 and W2: withdrawals': [
    {
      fact: 'send each tag to the highest release left',
      tags: ['2.3.9', '2.4.46', '2.4.47 !', '2.4.48 !'],
      moving: { '2.4.46': '2.4 2 latest', '2.3.9': '2.3' },
      skipped: { '2.4.47': 'withdrawn', '2.4.48': 'withdrawn' },
    },
    {
      fact: 'leave an empty line frozen',
      tags: ['1.9.0', '2.0.0 !', '2.0@2.0.0', '2@2.0.0', 'latest@2.0.0'],
      moving: { '1.9.0': '1.9 1 latest', '2.0.0': '2.0 2' },
      skipped: { '2.0.0': 'withdrawn' },
    },
    {
      fact: 'make no tag for an empty line that has none',
      tags: ['1.9.0', '2.0.0 !'],
      moving: { '1.9.0': '1.9 1 latest' },
      skipped: { '2.0.0': 'withdrawn' },
    },
    {
      fact: 'remove the tags of an empty line under delete',
      rules: '{ emptyLine: delete }',
      tags: ['1.9.0', '2.0.0 !', '2.0@2.0.0', '2@2.0.0', 'latest@2.0.0'],
      moving: { '1.9.0': '1.9 1 latest' },
      skipped: { '2.0.0': 'withdrawn' },
    },
  ],
};

describe.each(Object.keys(CASES))('%s', (rule) => {
  it.each(CASES[rule] ?? [])('$fact', ({ rules = '', tags, moving, skipped = {} }) => {
    for (const order of [tags, tags.toReversed()]) {
      const resolution = resolveListing(order, { rules });

      expect(movingOf(resolution)).toEqual(byTag(moving));
      expect(skippedOf(resolution)).toEqual(skipped);
    }
  });
});

describe('A5: platforms', () => {
  const rules = '{ requirePlatforms: [linux/amd64, linux/arm64] }';
  const both = { ...listed('3.1.1'), platforms: ['linux/arm64', 'linux/amd64', 'linux/s390x'] };

  it('no tag moves to an index that lacks one', () => {
    const half = { ...listed('3.1.2'), platforms: ['linux/amd64'] };

    expect(movingOf(resolveListing([both, half], { rules }))).toEqual(
      byTag({ '3.1.1': '3.1 3 latest' }),
    );
  });

  it('no tag moves to an index whose platforms are not known', () => {
    expect(movingOf(resolveListing([both, '3.1.2'], { rules }))).toEqual(
      byTag({ '3.1.1': '3.1 3 latest' }),
    );
  });
});

describe('B1: rebuilds', () => {
  const early = { ...listed('2.1.106@A'), publishedAt: NOW - 2 };
  const late = { ...listed('2.1.106@B'), publishedAt: NOW - 1 };

  it.each`
    rebuilds    | digest | skipped
    ${'refuse'} | ${'A'} | ${{ '2.1.106': 'conflict' }}
    ${'allow'}  | ${'B'} | ${{}}
  `(
    'count by the time of publication: $digest under $rebuilds',
    ({ rebuilds, digest, skipped }: { rebuilds: string; digest: string; skipped: object }) => {
      for (const order of [
        [early, late],
        [late, early],
      ]) {
        const resolution = resolveListing(order, { rules: `{ rebuilds: ${rebuilds} }` });

        expect(resolvedTag('latest', resolution)?.digest).toBe(digestOf(digest));
        expect(skippedOf(resolution)).toEqual(skipped);
      }
    },
  );

  it('count by line where nothing says when', () => {
    const resolution = resolveListing(['2.1.106@A', '2.1.106@B'], { rules: '{ rebuilds: allow }' });

    expect(resolvedTag('2.1', resolution)?.digest).toBe(digestOf('B'));
  });

  it('are none where a line is repeated', () => {
    expect(skippedOf(resolveListing(['2.1.106@A', '2.1.106@A']))).toEqual({});
  });

  it('leave higher tags where they are', () => {
    const resolution = resolveListing(['2.1.106@A', '2.2.0', '2.1.106@B'], {
      rules: '{ rebuilds: allow }',
    });

    expect(resolution.moving.map(({ tag, release, digest }) => [tag, release, digest])).toEqual([
      ['latest', '2.2.0', digestOf('2.2.0')],
      ['2', '2.2.0', digestOf('2.2.0')],
      ['2.2', '2.2.0', digestOf('2.2.0')],
      ['2.1', '2.1.106', digestOf('B')],
    ]);
  });
});

describe('H1: holds', () => {
  const tags = ['2.1.100', '2.1.106', '2.2.0'];

  it('keep a tag on a release, and say so', () => {
    const resolution = resolveListing(tags, { holds: [holdOf('2.1', '2.1.100')] });

    expect(movingOf(resolution)).toEqual(byTag({ '2.1.100': '2.1', '2.2.0': '2.2 2 latest' }));
    expect(resolvedTag('2.1', resolution)).toMatchObject({
      digest: digestOf('2.1.100'),
      reason: { code: 'held' },
    });
  });

  it('keep a tag on a digest', () => {
    const holds = [holdOf('2.1', digestOf('by hand'))];

    expect(resolvedTag('2.1', resolveListing(tags, { holds }))).toMatchObject({
      release: null,
      digest: digestOf('by hand'),
    });
  });

  it('show whether the tag is where it is held', () => {
    const holds = [holdOf('2.1', '2.1.100')];
    const right = resolveListing([...tags, '2.1@2.1.100'], { holds });
    const wrong = resolveListing([...tags, '2.1@2.1.106'], { holds });

    expect(resolvedTag('2.1', right)?.agrees).toBe(true);
    expect(resolvedTag('2.1', wrong)).toMatchObject({
      agrees: false,
      present: digestOf('2.1.106'),
      digest: digestOf('2.1.100'),
    });
  });

  it('of a tag that is not there keep it from being made', () => {
    expect(movingOf(resolveListing(tags, { holds: [holdOf('2.2', null)] }))).toEqual(
      byTag({ '2.1.106': '2.1', '2.2.0': '2 latest' }),
    );
  });

  it.each`
    what                 | expiresAt  | owner
    ${'before its end'}  | ${NOW + 1} | ${'2.1.100'}
    ${'at its end'}      | ${NOW}     | ${'2.1.106'}
    ${'after its end'}   | ${NOW - 1} | ${'2.1.106'}
    ${'that has no end'} | ${null}    | ${'2.1.100'}
  `('$what leave 2.1 to $owner', (row: { expiresAt: number | null; owner: string }) => {
    const holds = [holdOf('2.1', '2.1.100', row.expiresAt)];

    expect(movingOf(resolveListing(tags, { holds }))['2.1']).toBe(row.owner);
  });

  it('keep a tag on a withdrawn release', () => {
    const holds = [holdOf('2.1', '2.1.106')];

    const resolution = resolveListing(['2.1.100', '2.1.106 !', '2.1@2.1.106'], { holds });

    expect(movingOf(resolution)).toEqual(byTag({ '2.1.106': '2.1', '2.1.100': '2 latest' }));
    expect(skippedOf(resolution)).toEqual({ '2.1.106': 'withdrawn' });
  });

  it('keep the tag of an empty line from being deleted', () => {
    const repository = new SimulatedRepository(rulesFrom('{ emptyLine: delete }'));
    repository.release('1.0.0', '2.0.0');
    repository.hold('2');
    repository.withdraw('2.0.0');

    const moves = repository.reconcile().filter(isMove);

    expect(moves.map(({ tag, to }) => [tag, to])).toEqual([
      ['latest', targetOf('1.0.0')],
      ['2.0', null],
    ]);
  });
});

describe('W3: a restored release', () => {
  it('has its former tags again unless a higher one came', () => {
    const repository = new SimulatedRepository();
    repository.release('2.4.46', '2.4.47');
    repository.withdraw('2.4.47');
    repository.reconcile();
    repository.release('2.5.0');
    repository.restore('2.4.47');

    const moves = repository.reconcile('restored').filter(isMove);

    expect(moves.map(({ tag, reason, to }) => [tag, reason.code, to])).toEqual([
      ['2.4', 'restored', targetOf('2.4.47')],
    ]);
  });
});

describe('a listing without digests', () => {
  it('has releases, and digests that are not known', () => {
    const { moving, skipped } = resolveListing(['2.1.105@?', '2.1.106@?', 'v2.1.106@?', 'main@?']);

    expect(moving.map(({ tag, release, digest }) => [tag, release, digest])).toEqual([
      ['latest', '2.1.106', null],
      ['2', '2.1.106', null],
      ['2.1', '2.1.106', null],
    ]);
    expect(skipped.map(({ tag }) => tag)).toEqual(['main']);
  });

  it('shows the moving tags that it has, and calls none of them wrong', () => {
    const resolution = resolveListing(['2.1.105@?', '2.1.106@?', 'latest@?', '2.1@?', '3@?']);

    expect(resolvedTag('latest', resolution)).toMatchObject({ present: null, agrees: true });
    expect(movingOf(resolution)).toEqual(byTag({ '2.1.106': 'latest 2 2.1' }));
    expect(skippedOf(resolution)).toEqual({ '3': 'other' });
  });

  it('is empty where nothing is listed', () => {
    expect(resolveListing([])).toEqual({ moving: [], skipped: [] });
  });
});
