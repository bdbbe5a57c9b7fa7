import { authFormsOf, SOURCE_KINDS, type SourceKind } from '../../src/config/source-kinds';
import { HOST } from '../deliveries/senders/sender-stage';
import { Random } from '../faults/random';
import { editedBytes, randomBytes } from './byte-edits';
import { CORPUS, freshEvent, type Headers, type RealEvent } from './corpus';
import { brokenJson, hostileText } from './hostile';
import { editedJson } from './json-edits';
import { deepBody, hugeBody } from './large-bodies';
import { type Envelope, oddEnvelope } from './odd-envelopes';

/** How a request shows who sent it. */
type ProofForm = 'secret' | 'token' | 'urlSecret' | 'oidc';
/** What is wrong with the proof, or nothing. */
type ProofFault = 'none' | 'missing' | 'forged' | 'of-another' | 'changed-body' | 'odd';

export interface FuzzInput {
  readonly index: number;
  /** How the body was made, for the counts. */
  readonly shape: string;
  readonly kind: SourceKind;
  readonly form: ProofForm;
  readonly fault: ProofFault;
  /** Of the event itself, without a proof. */
  readonly headers: Headers;
  readonly hasOddHeaders: boolean;
  readonly body: Buffer;
  /** Set where the request itself is out of the ordinary. */
  readonly envelope: Envelope | undefined;
}

/** How often each shape is made, of 1,000. */
const SHAPES: readonly (readonly [string, number])[] = [
  ...([
    ['fields', 520],
    ['real', 80],
    ['bytes', 200],
    ['random', 80],
  ] as const),
  ...([
    ['broken', 60],
    ['text', 40],
    ['deep', 12],
    ['huge', 8],
  ] as const),
];

/** The input of a number: the same one for the same seed, whatever was made before it. */
export function inputOf(seed: number, index: number, registryHost: string): FuzzInput {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const kind = random.pick(KINDS);
  const event = freshEvent(random.pick(CORPUS[kind]), random);
  const shape = shapeOf(random);
  const forms = authFormsOf(kind).filter((form) => form !== 'sns');
  const hasOddHeaders = random.chance(0.1);
  const headers = event.headers ?? {};
  return {
    ...{ index, shape, kind },
    form: forms[random.below(forms.length)] ?? 'token',
    fault: random.chance(0.85) ? 'none' : random.pick(FAULTS),
    hasOddHeaders,
    headers: hasOddHeaders ? oddHeaders(headers, random) : headers,
    body: bodyOf(shape, { kind, event: withHost(event, registryHost) }, random),
    envelope: random.chance(0.9) ? undefined : oddEnvelope(random),
  };
}

const FAULTS = ['missing', 'forged', 'of-another', 'changed-body', 'odd'] as const;
const [FIRST_KIND = 'generic', ...OTHER_KINDS] = SOURCE_KINDS;
const KINDS: readonly [SourceKind, ...SourceKind[]] = [FIRST_KIND, ...OTHER_KINDS];

function shapeOf(random: Random): string {
  let left = random.below(1_000);
  return SHAPES.find(([, share]) => (left -= share) < 0)?.[0] ?? 'fields';
}

function withHost(event: RealEvent, registryHost: string): RealEvent {
  const text = JSON.stringify(event).replaceAll(HOST, registryHost);
  return JSON.parse(text) as RealEvent;
}

function bodyOf(
  shape: string,
  { kind, event }: { readonly kind: SourceKind; readonly event: RealEvent },
  random: Random,
): Buffer {
  switch (shape) {
    case 'real':
      return Buffer.from(JSON.stringify(event.body));
    case 'bytes':
      return editedBytes(Buffer.from(JSON.stringify(event.body)), random);
    case 'random':
      return randomBytes(random.below(random.pick([4, 64, 2_000])), random);
    case 'broken':
      return Buffer.from(brokenJson(random));
    case 'text':
      return Buffer.from(hostileText(random));
    case 'deep':
      return Buffer.from(deepBody(event.body, random));
    case 'huge':
      return hugeBody(event.body, kind === 'zot', random);
    default:
      return Buffer.from(editedJson(event.body, random));
  }
}

/** Some left out, some hostile: of what HTTP allows in a header. */
function oddHeaders(headers: Headers, random: Random): Headers {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (random.chance(0.3)) return [];
    return [[name, random.chance(0.3) ? headerText(random) : value]];
  });
  const [name] = random.shuffle(['x-request-id', 'ce-id', 'ce-type', 'webhook-id', 'forwarded']);
  return { ...Object.fromEntries(kept), ...(name ? { [name]: headerText(random) } : {}) };
}

export function headerText(random: Random): string {
  return hostileText(random)
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')
    .slice(0, 3_000);
}
