import { digestOf } from '../distribution-events';

type Fields = Readonly<Record<string, unknown>>;

export function alibabaPush(push_data: Fields = {}, repository: Fields = {}): Fields {
  return {
    push_data: {
      ...{ digest: digestOf('2.4.1'), pushed_at: '2026-07-03 18:00:00', tag: '2.4.1' },
      ...push_data,
    },
    repository: {
      ...{ date_created: '2026-01-05 16:00:00', name: 'api', namespace: 'team' },
      ...{ region: 'cn-hangzhou', repo_authentication_type: 'NO_CERTIFIED' },
      ...{ repo_full_name: 'team/api', repo_origin_type: 'NO_CERTIFIED', repo_type: 'PRIVATE' },
      ...repository,
    },
  };
}
