import { z } from 'zod';
import { MoveAnswer } from '../../src/history/history.schema';
import { pageOf } from '../../src/http/answers.schema';
import { OCI_INDEX, OCI_MANIFEST } from '../support/fake-registry-manifests';
import type { ServiceClient } from '../support/service';
import type { DatabaseFile } from './database-file';
import type { ProxiedRequest } from './faulty-proxy';

/** What must hold of one repository whatever died on the way. */
export interface RepositoryUnderTest {
  /** Path in the registry `local`. */
  readonly path: string;
  /** Every release that was pushed: tag and digest. */
  readonly published: ReadonlyMap<string, string>;
  /** Without a proxy between. */
  readonly registryUrl: string;
  /** Every request that was made in its life. */
  readonly log: readonly ProxiedRequest[];
}

const TagList = z.object({ tags: z.array(z.string()).nullable() });
const STABLE = /^(\d+)\.(\d+)\.(\d+)$/;
const LIMIT = 200;

/** Where the moving tags belong: worked out from all releases, without Tagward's code. */
export function expectedMovingTags(published: ReadonlyMap<string, string>): Map<string, string> {
  const ascending = [...published].filter(([tag]) => STABLE.test(tag)).sort(byVersion);
  const expected = new Map<string, string>();
  for (const [tag, digest] of ascending) {
    const [major = '', minor = ''] = tag.split('.');
    for (const moving of [`${major}.${minor}`, major, 'latest']) expected.set(moving, digest);
  }
  return expected;
}

/** Every tag of a repository with its digest, as the registry itself says. */
export async function registryTags(
  registryUrl: string,
  path: string,
): Promise<ReadonlyMap<string, string>> {
  const listed = await fetch(`${registryUrl}/v2/${path}/tags/list`);
  const { tags } = TagList.parse(await listed.json());
  const headers = { accept: `${OCI_MANIFEST}, ${OCI_INDEX}` };
  const found = await Promise.all(
    (tags ?? []).map(async (tag) => {
      const url = `${registryUrl}/v2/${path}/manifests/${tag}`;
      const answer = await fetch(url, { method: 'HEAD', headers });
      return [
        tag,
        answer.headers.get('docker-content-digest') ?? `status ${answer.status}`,
      ] as const;
    }),
  );
  return new Map(found);
}

/** Every move of a repository, oldest first. */
export async function allMoves(client: ServiceClient, path: string): Promise<MoveAnswer[]> {
  const moves: MoveAnswer[] = [];
  let cursor: string | undefined;
  do {
    const query = `repository=local/${path}&limit=${LIMIT}`;
    const more = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = pageOf(MoveAnswer).parse((await client.get(`moves?${query}${more}`)).json);
    moves.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return moves.reverse();
}

/** What is not as it must be, a sentence for each; empty when all laws hold. */
export async function brokenLaws(
  client: ServiceClient,
  repository: RepositoryUnderTest,
  database: DatabaseFile,
): Promise<readonly string[]> {
  const { path, published, registryUrl, log } = repository;
  const found = await registryTags(registryUrl, path);
  const moves = await allMoves(client, path);
  const lifetimes = new Map(Object.entries(await database.lifetimes(`local/${path}`)));
  const expected = new Map([...published, ...expectedMovingTags(published)]);
  return [
    ...differences('the registry is not what the releases say', found, expected),
    ...differences('the lifetimes are not what the registry says', lifetimes, found),
    ...[...byTag(moves)].flatMap(([tag, own]) => [
      ...chainFaults(tag, own, found.get(tag)),
      ...backwardMoves(tag, own),
      ...writesWithoutMove(tag, own, putsOf(path, tag, log)),
    ]),
    ...[...found.keys()]
      .filter((tag) => !moves.some((move) => move.tag === tag))
      .map((tag) => `${tag}: the history has no move`),
  ].map((fault) => `${path}: ${fault}`);
}

function differences(
  title: string,
  actual: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): readonly string[] {
  const tags = new Set([...actual.keys(), ...expected.keys()]);
  return [...tags]
    .filter((tag) => actual.get(tag) !== expected.get(tag))
    .map(
      (tag) => `${title}: ${tag} is ${String(actual.get(tag))}, not ${String(expected.get(tag))}`,
    );
}

/** Each move begins where the one before it ended, goes elsewhere, and the last ends at the truth. */
export function chainFaults(
  tag: string,
  moves: readonly MoveAnswer[],
  now: string | undefined,
): readonly string[] {
  const faults: string[] = [];
  let at: string | null = null;
  for (const { sequence, from, to } of moves) {
    const begin = from?.digest ?? null;
    const end = to?.digest ?? null;
    if (begin !== at) faults.push(`${tag}: move ${sequence} is from ${begin} and not from ${at}`);
    if (end === begin) faults.push(`${tag}: move ${sequence} goes nowhere`);
    at = end;
  }
  if (at !== (now ?? null)) faults.push(`${tag}: the last move ends at ${at}, not at ${now}`);
  return faults;
}

function backwardMoves(tag: string, moves: readonly MoveAnswer[]): readonly string[] {
  return moves
    .filter(({ from, to }) => from?.release != null && to?.release != null)
    .filter(({ from, to }) => compareVersions(to?.release ?? '', from?.release ?? '') < 0)
    .map(({ sequence, from, to }) => {
      return `${tag}: move ${sequence} goes back from ${from?.release} to ${to?.release}`;
    });
}

/** What was written is in the history once each, in the order in which it was written. */
function writesWithoutMove(
  tag: string,
  moves: readonly MoveAnswer[],
  puts: readonly string[],
): readonly string[] {
  const own = moves.filter(({ kind }) => kind !== 'imported' && kind !== 'observed');
  const moved = own.map(({ to }) => to?.digest ?? 'nothing');
  if (JSON.stringify(moved) === JSON.stringify(puts)) return [];
  return [`${tag}: written were [${puts.join()}], and the history has [${moved.join()}]`];
}

function putsOf(path: string, tag: string, log: readonly ProxiedRequest[]): readonly string[] {
  return log
    .filter((request) => request.method === 'PUT' && request.status === 201)
    .filter((request) => request.path === `/v2/${path}/manifests/${tag}`)
    .map(({ digest }) => digest);
}

function byTag(moves: readonly MoveAnswer[]): ReadonlyMap<string, readonly MoveAnswer[]> {
  const groups = new Map<string, MoveAnswer[]>();
  for (const move of moves) groups.set(move.tag, [...(groups.get(move.tag) ?? []), move]);
  return groups;
}

function byVersion([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return compareVersions(left, right);
}

/** Of two stable releases. */
function compareVersions(left: string, right: string): number {
  const numbers = right.split('.').map(Number);
  const differing = left.split('.').map((part, index) => Number(part) - (numbers[index] ?? 0));
  return differing.find((difference) => difference !== 0) ?? 0;
}
