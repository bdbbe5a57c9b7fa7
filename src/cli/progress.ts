import type { Output } from './command';

/** Of a number of things, how many are dealt with, in words and as a number. */
export interface ProgressStep {
  readonly settled: number;
  readonly total: number;
  readonly text: string;
}

export interface Progress {
  show(step: ProgressStep): void;
  /** Leaves nothing behind on a terminal. */
  end(): void;
}

const LINES = 10;

/** One line that changes on a terminal; elsewhere a line at every tenth of the way. */
export function progressOn(output: Output): Progress {
  return output.isTTY === true ? lineThatChanges(output) : linesAtTenths(output);
}

function lineThatChanges(output: Output): Progress {
  return {
    show: ({ text }) => void output.write(`\r\u001b[K${text}`),
    end: () => void output.write('\r\u001b[K'),
  };
}

function linesAtTenths(output: Output): Progress {
  let shown = 0;
  return {
    show: ({ settled, total, text }) => {
      if (settled < shown + Math.max(1, total / LINES)) return;
      shown = settled;
      output.write(`${text}\n`);
    },
    end: () => undefined,
  };
}
