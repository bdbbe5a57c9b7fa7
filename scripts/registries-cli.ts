import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningVariant, type StartableVariant, startableVariants } from './registry-variants';

const USAGE = 'usage: scripts/registries.sh install | start [name[/variant] ...]';

/** `start`: prints one line a server, and keeps all of them until this process is told to end. */
async function main(names: readonly string[]): Promise<number> {
  const all = startableVariants();
  const unknown = names.find((name) => !all.some((one) => isMeant(one, [name])));
  if (unknown !== undefined) {
    const known = all.map(({ registry, variant }) => `${registry}/${variant}`).join(', ');
    console.error(`there is no ${unknown}; choose from ${known}\n${USAGE}`);
    return 2;
  }
  const told = toldToEnd();
  const folder = mkdtempSync(join(tmpdir(), 'tagward-registries-'));
  const running: RunningVariant[] = [];
  try {
    const wanted = all.filter((one) => isMeant(one, names));
    await startAll(wanted, folder, running, told.signal);
    // The servers end with this process and do not keep it up themselves.
    const stay = setInterval(() => undefined, 60_000);
    if (running.length > 0) await told.ended;
    clearInterval(stay);
  } finally {
    await Promise.all(running.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
  return running.length > 0 ? 0 : 1;
}

/** Fills `running` as it goes, so that what runs can be ended when a later one does not start. */
async function startAll(
  wanted: readonly StartableVariant[],
  folder: string,
  running: RunningVariant[],
  signal: AbortSignal,
): Promise<void> {
  for (const one of wanted) {
    if (signal.aborted) return;
    const { registry, variant } = one;
    if (!one.available) {
      console.log(`${registry} ${variant} skipped: ${one.reason}`);
      continue;
    }
    const started = await one.start();
    running.push(started);
    console.log([registry, variant, started.url, ...accessOf(started, folder, one)].join(' '));
  }
}

/** Resolves at Ctrl-C or when this process is told to end. */
function toldToEnd(): { readonly ended: Promise<void>; readonly signal: AbortSignal } {
  const controller = new AbortController();
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      controller.abort();
      resolve();
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, end);
  });
  return { ended, signal: controller.signal };
}

function isMeant({ registry, variant }: StartableVariant, names: readonly string[]): boolean {
  if (names.length === 0) return true;
  return names.some((name) => name === registry || name === `${registry}/${variant}`);
}

/** Options of `npm run test:contract` that lead to the server. */
function accessOf(
  { ca, credentials }: RunningVariant,
  folder: string,
  { registry, variant }: StartableVariant,
): readonly string[] {
  const file = (kind: string, text: string): string => {
    const path = join(folder, `${registry}-${variant}.${kind}`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return [
    ...(ca === undefined ? [] : ['--ca', file('pem', ca)]),
    ...(credentials === undefined
      ? []
      : [
          '--username',
          credentials.username,
          '--password-file',
          file('password', credentials.password),
        ]),
  ];
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
