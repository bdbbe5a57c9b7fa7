import { isDigest, isRepositoryName, isTagName } from '../../src/core/names';
import type { DeliveryAnswer } from '../../src/deliveries/delivery.schema';
import { listDeliveries } from '../deliveries/delivery-list';
import { DatabaseFile } from '../faults/database-file';
import { SECRETS } from './answer-laws';
import type { FuzzReport } from './run';
import type { FuzzScene } from './scene';

/** What is not as it must be in a service that has been through a run. */
export async function brokenEndLaws(
  { service, client, config }: FuzzScene,
  { ids }: FuzzReport,
): Promise<readonly string[]> {
  const ready = await client.send('GET', '/readyz');
  const rows = await listDeliveries(client);
  const metrics = await (await fetch(`${client.url}/metrics`)).text();
  const integrity = await new DatabaseFile(config.databasePath).integrity();
  return [
    ...(ready.status === 200 ? [] : [`the service is not ready: ${JSON.stringify(ready.json)}`]),
    ...(integrity === 'ok' ? [] : [`the database is broken: ${integrity}`]),
    ...brokenLawsOfRows(rows, ids),
    ...brokenLawsOfLog(service.stdout),
    ...(service.stderr === '' ? [] : [`standard error: ${service.stderr.slice(0, 500)}`]),
    ...(isClean(metrics) ? [] : ['the metrics hold a secret']),
  ];
}

/** What was accepted is there, and whatever is there has legal names. */
function brokenLawsOfRows(
  rows: readonly DeliveryAnswer[],
  ids: ReadonlySet<number>,
): readonly string[] {
  const stored = new Set(rows.map(({ id }) => id));
  const lost = [...ids].filter((id) => !stored.has(id));
  const illegal = rows.filter((row) => !hasLegalNames(row)).map(({ id }) => id);
  return [
    ...(lost.length === 0 ? [] : [`accepted and not there: ${lost.slice(0, 10).join()}`]),
    ...(illegal.length === 0 ? [] : [`names are not legal in ${illegal.slice(0, 10).join()}`]),
  ];
}

function hasLegalNames({ repository, tag, digest }: DeliveryAnswer): boolean {
  return (
    (repository === null || isRepositoryName(repository)) &&
    (tag === null || isTagName(tag)) &&
    (digest === null || isDigest(digest))
  );
}

/** Whatever a terminal would obey, the end of a line aside. */
const CONTROLS = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
const READY_LINE = 'Tagward is ready';

function brokenLawsOfLog(log: string): readonly string[] {
  const lines = log.split('\n').filter((line) => line !== '' && !line.startsWith(READY_LINE));
  const bad = [
    ['has a control character', lines.find((line) => CONTROLS.test(line))],
    ['is an error', lines.find((line) => line.startsWith('{"level":"error"'))],
    ['is no JSON object', lines.find((line) => !isObject(line))],
    ['holds a secret', lines.find((line) => !isClean(line))],
  ] as const;
  return bad.flatMap(([what, line]) =>
    line === undefined
      ? []
      : [`a line of the log ${what}: ${JSON.stringify(line).slice(0, 1_000)}`],
  );
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Neither a secret of a source nor a token of an issuer, whose header always begins like this. */
function isClean(text: string): boolean {
  return !text.includes('eyJhbGciOi') && !SECRETS.some((secret) => text.includes(secret));
}
