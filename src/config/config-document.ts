import { type Document, LineCounter, parseDocument } from 'yaml';

import type { ConfigFault } from './config-error';
import { type Finding, textOfPath } from './finding';
import { offsetOf } from './yaml-locator';
import { isNestedTooDeeply } from './yaml-nesting';
import { yamlProblemsOf } from './yaml-problems';

/** A configuration file as read: its plain value, what is wrong with its YAML, and where all stands. */
export interface ConfigDocument {
  /** An empty file is an empty group. Undefined when the YAML is too broken to go on. */
  readonly value: unknown;
  readonly faults: readonly ConfigFault[];
  /** The finding as a fault with file, line and column. */
  faultOf(finding: Finding): ConfigFault;
}

const UNREADABLE =
  'this YAML cannot be read; allowed: groups that are nested at most 100 deep, and at most 100 uses of anchors';

/** Reads YAML 1.2 with anchors and merge keys. Never throws: what is wrong is in the faults. */
export function parseConfigDocument(text: string, file: string): ConfigDocument {
  try {
    return isNestedTooDeeply(text) ? unreadable(file) : read(text, file);
  } catch {
    // yaml throws at too many aliases; its texts may quote the file.
    return unreadable(file);
  }
}

function unreadable(file: string): ConfigDocument {
  const start = { file, line: 1, column: 1 };
  return {
    value: undefined,
    faults: [{ ...start, path: '', sentence: UNREADABLE }],
    faultOf: ({ path, sentence }) => ({ ...start, path: textOfPath(path), sentence }),
  };
}

function read(text: string, file: string): ConfigDocument {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: 'error',
  });
  const problems = yamlProblemsOf(document, text);
  const readable = problems.every((problem) => problem.readable);
  return {
    value: readable ? (document.toJS() ?? {}) : undefined,
    faults: problems.map(({ offset, sentence }) => ({ ...placed(offset), path: '', sentence })),
    faultOf: (finding) => ({
      ...placed(offsetOf(document, finding)),
      path: textOfPath(finding.path),
      sentence: finding.sentence,
    }),
  };

  function placed(offset: number): Pick<ConfigFault, 'file' | 'line' | 'column'> {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}
