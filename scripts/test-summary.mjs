import { relative } from 'node:path';

const SHOWN_PER_SUITE = 5;

/** The counts of a jest JSON result. Pending and todo tests count as skipped. */
export function countTests(result) {
  return {
    passed: result?.numPassedTests ?? 0,
    failed: result?.numFailedTests ?? 0,
    skipped: (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0),
  };
}

export function countsLine({ passed, failed, skipped }) {
  return `Tests: ${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;
}

/** The number of all kills and of those of each suite, from a list with a suite for each kill. */
export function killsLine(suites) {
  const names = [...new Set(suites)].sort();
  const counts = names.map(
    (name) => `${name} ${String(suites.filter((one) => one === name).length)}`,
  );
  return [`Kills: ${String(suites.length)}`, ...counts].join(', ');
}

/** One line per suite that skipped something or did not run, with titles, which give the reasons. */
export function notices(result, root) {
  return (result?.testResults ?? []).flatMap((suite) => {
    const path = relative(root, suite.name);
    if (suite.assertionResults.length === 0 && suite.status === 'failed') {
      return [`did not run: ${path}`];
    }
    const titles = suite.assertionResults.filter(isSkipped).map((test) => test.fullName);
    return titles.length === 0 ? [] : [`skipped in ${path}: ${shorten(titles)}`];
  });
}

function isSkipped({ status }) {
  return status === 'pending' || status === 'todo' || status === 'skipped';
}

function shorten(titles) {
  const more = titles.length - SHOWN_PER_SUITE;
  const shown = titles.slice(0, SHOWN_PER_SUITE).join('; ');
  return more > 0 ? `${shown}; and ${String(more)} more` : shown;
}
