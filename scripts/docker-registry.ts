import { type DistributionOptions } from './distribution-config';
import { findOnPath, readOutput, type Attempt } from './programs';

const INFO_MS = 15_000;
const PULL_MS = 300_000;

/** Pulls an image unless it is there. The value is the image. */
export async function findDockerImage(image: string): Promise<Attempt<string>> {
  if (findOnPath('docker') === undefined) {
    return { ok: false, reason: 'docker is not on the PATH' };
  }
  const info = await readOutput('docker', ['info'], { timeoutMs: INFO_MS });
  if (!info.ok) {
    return { ok: false, reason: 'Docker does not run' };
  }
  const known = await readOutput('docker', ['image', 'inspect', image], { timeoutMs: INFO_MS });
  if (known.ok) {
    return { ok: true, value: image };
  }
  const pulling = await readOutput('docker', ['pull', '--quiet', image], { timeoutMs: PULL_MS });
  return pulling.ok ? { ok: true, value: image } : pulling;
}

interface ContainerPlace {
  readonly folder: string;
  readonly storageDir: string;
  readonly config: string;
  readonly port: number;
}

/** Runs a registry image in the foreground. Folders have the same path inside as outside. */
export function dockerCommand(
  image: string,
  options: DistributionOptions,
  { folder, storageDir, config, port }: ContainerPlace,
): readonly string[] {
  const network = hostNetworkNeeded(options)
    ? ['--network', 'host']
    : ['--publish', `127.0.0.1:${port}:${port}`];
  return [
    'docker',
    'run',
    '--rm',
    ...network,
    ...asThisUser(),
    ...['--env', 'OTEL_TRACES_EXPORTER=none'],
    ...['--volume', `${folder}:${folder}`, '--volume', `${storageDir}:${storageDir}`],
    ...[image, config],
  ];
}

/** A container reaches a webhook on this machine's 127.0.0.1 only from the machine's own network. */
export function hostNetworkNeeded({ notifications }: DistributionOptions): boolean {
  return notifications !== undefined && process.platform === 'linux';
}

/** Docker Desktop has a name for the machine that runs it. */
export function seenFromContainer(options: DistributionOptions): DistributionOptions {
  const { notifications } = options;
  if (notifications === undefined) {
    return options;
  }
  const url = new URL(notifications.url);
  if (url.hostname === 'localhost' || url.hostname === '127.0.0.1') {
    url.hostname = 'host.docker.internal';
  }
  return { ...options, notifications: { ...notifications, url: url.href } };
}

/** So that the files which the registry writes can be removed again. */
function asThisUser(): readonly string[] {
  const { getuid, getgid } = process;
  return getuid === undefined || getgid === undefined ? [] : ['--user', `${getuid()}:${getgid()}`];
}
