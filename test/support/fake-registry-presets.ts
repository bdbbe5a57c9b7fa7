import { DOCKER_LIST, DOCKER_MANIFEST } from './fake-registry-manifests';
import type { Switches } from './fake-registry-switches';

type Preset = Readonly<Partial<Switches>>;

/** What products do, as far as it was measured, read in their source or is documented. */
export const PRESETS = {
  distribution28: {
    ...{ tagDelete: 'digest-invalid', paging: 'ignored', indexNeedsAccept: true },
    ...{ conditionalReads: true, rePutWindowMs: 1 },
  },
  distribution3: {
    ...{ paging: 'link', pageSize: 1_000, wholeWithoutN: true, emptyLastPage: true },
    ...{ conditionalReads: true },
  },
  zot: {
    ...{ multiTag: 'works', multiTagCap: 46, referrers: 'api' },
    ...{ paging: 'link', pageSize: 1_000, wholeWithoutN: true, vanishedLast: 'not-found' },
    ...{ digestDelete: 'protects-children', deleteInUnknownRepository: 'bad-request' },
    ...{ indexNeedsAccept: false, refusedMediaTypes: [DOCKER_MANIFEST, DOCKER_LIST] },
  },
  olareg: {
    ...{ multiTag: 'works-and-echoes', referrers: 'api', indexNeedsAccept: false },
    ...{ paging: 'link-unquoted', wholeWithoutN: true, unknownRepository: 'empty' },
  },
  crane: {
    ...{ paging: 'none', pageSize: 1_000, digestDelete: 'leaves-tags', locationHeader: false },
    ...{ indexNeedsAccept: false },
  },
  harbor: {
    ...{ tagDelete: 'unsupported', digestDelete: 'protects-children-412', referrers: 'api' },
    ...{ paging: 'link', conditionalReads: true, indexNeedsAccept: false },
  },
  quay: {
    ...{ paging: 'link', pageSize: 100, largePage: 'refused', digestPut: 'expires' },
    ...{ digestDelete: 'tagged-only', referrers: 'api', indexNeedsAccept: false },
  },
  ghcr: {
    ...{ tagDelete: 'disabled', digestDelete: 'disabled', paging: 'link', pageSize: 100 },
    ...{ indexNeedsAccept: false },
  },
  dockerHub: {
    ...{ tagDelete: 'disabled', digestDelete: 'disabled', referrers: 'api', paging: 'link' },
    ...{ indexNeedsAccept: false },
  },
  gitea: {
    ...{ referrers: 'plain-text-404', paging: 'link', pageSize: 50, indexNeedsAccept: false },
  },
  artifactRegistry: {
    ...{ digestDelete: 'dangling-tag', referrers: 'api', paging: 'ignored' },
    ...{ indexNeedsAccept: false },
  },
} as const satisfies Readonly<Record<string, Preset>>;
