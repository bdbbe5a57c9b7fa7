/** The first token that is no JSON, as an offset into the text, with what may stand there. */
export interface JsonFault {
  readonly offset: number;
  readonly found: string;
  readonly allowed: string;
}

/** Groups: punctuation, string, any other value. */
const TOKEN =
  /[ \t]*(?:([{}[\],:])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?!\w))/y;

type State =
  'value' | 'first-item' | 'after-item' | 'first-key' | 'key' | 'colon' | 'after-member' | 'end';

const ALLOWED: Readonly<Record<State, string>> = {
  value: 'a value',
  'first-item': 'a value, or ]',
  'after-item': 'a comma, or ]',
  'first-key': 'a key in double quotes, or }',
  key: 'a key in double quotes',
  colon: 'a colon after the key',
  'after-member': 'a comma, or }',
  end: 'the end of the line',
};

/** `done` ends a value: what follows depends on the brackets that are still open. */
type Step = State | 'done';
const VALUE = { string: 'done', scalar: 'done', '{': 'first-key', '[': 'first-item' } as const;
const STEPS: Readonly<Record<State, Readonly<Record<string, Step>>>> = {
  value: VALUE,
  'first-item': { ...VALUE, ']': 'done' },
  'after-item': { ',': 'value', ']': 'done' },
  'first-key': { string: 'colon', '}': 'done' },
  key: { string: 'colon' },
  colon: { ':': 'value' },
  'after-member': { ',': 'key', '}': 'done' },
  end: {},
};

/**
 * Where a text that JSON.parse refuses goes wrong: its own messages name no place that could be
 * relied on. Undefined when the text is sound.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: string[] = [];
  let state: State = 'value';
  let offset = 0;
  while (text.slice(offset).trim() !== '') {
    TOKEN.lastIndex = offset;
    const token: RegExpExecArray | null = TOKEN.exec(text);
    const kind = token === null ? '' : kindOf(token);
    const step: Step | undefined = STEPS[state][kind];
    if (step === undefined) return faultAt(text, offset, state);
    if (kind === '{' || kind === '[') open.push(kind);
    if (kind === '}' || kind === ']') open.pop();
    state = step === 'done' ? stateWithin(open.at(-1)) : step;
    offset = TOKEN.lastIndex;
  }
  return state === 'end' ? undefined : faultAt(text, offset, state);
}

function kindOf([, punctuation, string]: RegExpExecArray): string {
  return punctuation ?? (string === undefined ? 'scalar' : 'string');
}

function stateWithin(bracket: string | undefined): State {
  if (bracket === undefined) return 'end';
  return bracket === '{' ? 'after-member' : 'after-item';
}

function faultAt(text: string, from: number, state: State): JsonFault {
  const offset = from + text.slice(from).search(/[^ \t]|$/);
  const rest = text.slice(offset);
  const word = /^[\w.+-]+/.exec(rest)?.[0] ?? rest.slice(0, 1);
  const found = rest === '' ? 'the end of the line' : JSON.stringify(word.slice(0, 40));
  return { offset, found, allowed: ALLOWED[state] };
}
