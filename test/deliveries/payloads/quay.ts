import { HOST } from '../senders/sender-stage';

export interface QuayPush {
  readonly repository?: unknown;
  readonly tags?: unknown;
  readonly host?: string;
}

/** What Quay sends for a push. */
export function quayPush({
  repository = 'acme/api',
  tags = ['2.4.1'],
  host = HOST,
}: QuayPush = {}): Record<string, unknown> {
  return {
    name: 'api',
    repository,
    namespace: 'acme',
    docker_url: `${host}/acme/api`,
    homepage: `https://${host}/repository/acme/api`,
    updated_tags: tags,
  };
}

/** What it sends for a build, and in much the same form for a finding of its scanner. */
export function quayBuild(): Record<string, unknown> {
  return {
    build_id: '296ec063-5f86-4706-a469-f0a400bf9df2',
    build_name: '50beae9d',
    docker_tags: ['main', 'latest'],
    docker_url: `${HOST}/acme/api`,
    homepage: `https://${HOST}/repository/acme/api/build/296ec063`,
    is_manual: false,
    manifest_digests: [`${HOST}/acme/api@sha256:${'b'.repeat(64)}`],
    name: 'api',
    namespace: 'acme',
    repository: 'acme/api',
  };
}
