import { inspect } from 'node:util';
import { RegistryError } from '../../../src/registry/registry-error';
import { tag } from '../../support/fake-registry-client';
import { BASIC, PASSWORD, type Scene, TAGS, TOKEN } from './scene';

const SECRETS = [PASSWORD, BASIC, TOKEN];

/** `done`, or the error's code, with a `?` behind it when it is retryable. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return wordOf(error);
  }
}

/** The code of an error that holds no secret, with a `?` behind it when it is retryable. */
export function wordOf(error: unknown): string {
  expectNoSecret(error);
  if (!(error instanceof RegistryError)) throw error;
  return error.code + (error.retryable ? '?' : '');
}

/** Neither in what a log would hold of it nor deeper within. */
function expectNoSecret(error: unknown): void {
  const depth = Number.POSITIVE_INFINITY;
  const shown = [
    inspect(error, { depth, showHidden: true, maxStringLength: depth }),
    JSON.stringify(error),
    error instanceof Error ? error.stack : '',
  ].join('\n');
  expect(SECRETS.filter((secret) => shown.includes(secret))).toEqual([]);
}

/** Nobody else was talked to, the client recovers, and the tags are as at first but for these. */
export async function expectNoHarm(
  scene: Scene,
  tags: Readonly<Record<string, string | undefined>> = {},
): Promise<void> {
  await expectRecovery(scene);
  expect(await scene.tags()).toEqual({ ...TAGS, ...tags });
}

/**
 * Nobody else was talked to, and once the proxy behaves again the client gets through with more
 * requests than it has places for.
 */
export async function expectRecovery(scene: Scene): Promise<void> {
  const { proxy, client, repository, old, elsewhere } = scene;
  expect(elsewhere).toMatchObject({ connections: 0, requests: [] });
  proxy.behave();
  const found = await Promise.all(
    Array.from({ length: 3 }, () => client.findManifest(repository, tag('1.0.0'))),
  );
  expect(found.map((one) => one?.digest)).toEqual(found.map(() => old.digest));
}
