import { digestOf } from '../distribution-events';

type Fields = Readonly<Record<string, unknown>>;

/** A build that has ended well, with what it has published as its parameters. */
export function jenkinsBuild(build: Fields = {}, name: unknown = 'api-release'): Fields {
  return {
    ...{ name, display_name: name, url: 'job/api-release/' },
    build: {
      full_url: 'https://jenkins.test/job/api-release/88/',
      ...{ number: 88, queue_id: 1_201, timestamp: '2026-07-03T10:00:00.123+00:00' },
      ...{ duration: 61_250, phase: 'FINALIZED', status: 'SUCCESS', url: 'job/api-release/88/' },
      scm: {
        url: 'https://git.test/acme/api.git',
        ...{ branch: 'v2.4.1', commit: 'acb5820ced9479c074f688cc328bf03f341a511d' },
        ...{ changes: [], culprits: [] },
      },
      parameters: {
        ...{ IMAGE_REPO: 'team/api', IMAGE_TAG: '2.4.1', IMAGE_DIGEST: digestOf('2.4.1') },
      },
      ...{ log: '', notes: '', artifacts: {} },
      ...build,
    },
  };
}
