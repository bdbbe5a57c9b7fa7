/** What the demo lives through, and what must come of it. */

export const REPOSITORY = 'gallery/ui';

/** In the registry before Tagward meets the repository: they are imported, and nothing moves to them. */
export const OLDER_RELEASES = ['2.1.103', '2.1.104', '2.1.105'];

export interface Chapter {
  readonly at: string;
  readonly tag: string;
  readonly story: string;
  /** Whether the image is made for two platforms. */
  readonly multiArch: boolean;
  /** Whether the image is there already, and only the webhook comes again. */
  readonly again: boolean;
}

function released(at: string, tag: string, story: string): Chapter {
  return { at, tag, story, multiArch: tag === '3.0.42', again: false };
}

export const CHAPTERS: readonly Chapter[] = [
  released('2026-07-03T10:00:00Z', '2.1.106', 'the first release that Tagward hears of'),
  released('2026-08-07T10:00:00Z', '2.1.114', 'a patch'),
  released('2026-09-04T10:00:00Z', '2.2.11', 'a new minor'),
  released('2026-10-02T10:00:00Z', '3.0.42', 'a new major, for two platforms'),
  released('2026-10-20T10:00:00Z', '2.1.115', 'a back-port: must not drag 2 and latest back'),
  {
    ...released('2026-10-27T10:00:00Z', '2.2.11', 'a late duplicate: must change nothing'),
    again: true,
  },
];

export const THE_END = '2026-11-01T00:00:00Z';

export const MONTHS = ['2026-07', '2026-08', '2026-09', '2026-10'];

/** What each lane shows at the end of each month; null where the tag does not exist. */
export const EXPECTED_LANES: Readonly<Record<string, readonly (string | null)[]>> = {
  latest: ['2.1.106', '2.1.114', '2.2.11', '3.0.42'],
  '3': [null, null, null, '3.0.42'],
  '3.0': [null, null, null, '3.0.42'],
  '2': ['2.1.106', '2.1.114', '2.2.11', '2.2.11'],
  '2.2': [null, null, '2.2.11', '2.2.11'],
  '2.1': ['2.1.106', '2.1.114', '2.1.114', '2.1.115'],
};

/** The order of the lanes; an object would sort its numbers first. */
export const LANES = ['latest', '3', '3.0', '2', '2.2', '2.1'];

/** Moved last in July, not the newest two patches of 2.1, and nothing points at them. */
export const EXPECTED_PRUNED = ['2.1.103', '2.1.104', '2.1.105', '2.1.106'];
