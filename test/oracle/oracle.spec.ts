import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { policyFor, readHistories } from './files';
import { type ReplayResult, replay } from './replay';
import { shareOf, toTable } from './report';

const FOLDER = resolve(process.env['TAGWARD_ORACLE'] ?? join(__dirname, '../../../shared/oracle'));
const RULES = join(__dirname, 'rules');

/** Per cent of the changes that no collision makes impossible. */
const ALL = 100;
const NEARLY_ALL = 99.5;
const POLICY_IMAGES: ReadonlySet<string> = new Set([
  ...['golang', 'mysql', 'node', 'python', 'redmine', 'mariadb', 'mongo'],
]);

describe('thirteen years of real releases', () => {
  if (!existsSync(FOLDER)) {
    process.stderr.write(`skipped the release histories: ${FOLDER} is not there\n`);
    it.todo(`move as the images did (${FOLDER} is not there)`);
    return;
  }
  const results: ReplayResult[] = [];
  const histories = readHistories(FOLDER);

  it.each(histories.map((history) => [history.image, history] as const))(
    'move the tags of %s as the image did',
    (_image, history) => {
      const result = replay(history, policyFor(history, RULES));
      results.push(result);

      const wanted = POLICY_IMAGES.has(history.image) ? NEARLY_ALL : ALL;
      expect(shareOf(result)).toBeGreaterThanOrEqual(wanted);
      expect(result.backward).toBe(0);
    },
    300_000,
  );

  afterAll(() => {
    process.stdout.write(`${toTable(results)}\n`);
  });
});
