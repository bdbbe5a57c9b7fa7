import { z } from 'zod';
import { readTextFile } from '../config/text-file';
import { ApiError } from './api-client';
import { type CommandCall, EXIT, UsageError } from './command';
import { textOption } from './command-line';

const USUAL_SERVER = 'http://127.0.0.1:8080';
const PATIENCE_MS = 30_000;
const MOST_BYTES = 4 * 1024 * 1024;

export interface ServiceAnswer {
  readonly status: number;
  /** Undefined when the body is no JSON. */
  readonly json: unknown;
  /** UTC milliseconds by the service's clock, in whole seconds; undefined where it does not tell. */
  readonly date: number | undefined;
}

const Problem = z.object({ title: z.string(), detail: z.string(), code: z.string() });
export type Problem = z.infer<typeof Problem>;

/** The problem in an answer (RFC 9457); undefined when it is none. */
export function problemIn({ json }: ServiceAnswer): Problem | undefined {
  return Problem.safeParse(json).data;
}

/** Reads from one service; changes nothing there. The token appears in no output. */
export class ServiceReader {
  private constructor(
    private readonly server: URL,
    private readonly token: string | undefined,
  ) {}

  /** Throws {@link UsageError} for an address that is none or a file that cannot be read. */
  static of({ options, io }: CommandCall): ServiceReader {
    const server = textOption(options, 'server') ?? io.env['TAGWARD_URL'] ?? USUAL_SERVER;
    const file = textOption(options, 'token-file') ?? io.env['TAGWARD_TOKEN_FILE'];
    if (!URL.canParse(server)) throw new UsageError(`${server} is no URL; give http://host:8080`);
    return new ServiceReader(new URL(server), file === undefined ? undefined : tokenIn(file));
  }

  get origin(): string {
    return this.server.origin;
  }

  /** The checked answer to a GET. Throws {@link ApiError}. */
  async get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer> {
    const answer = await this.look(path);
    if (answer.status === 200) {
      const parsed = schema.safeParse(answer.json);
      if (parsed.success) return parsed.data;
    }
    throw answer.status < 400 ? this.notTagward() : refusal(answer);
  }

  /** The answer to a GET, whatever its status. Throws {@link ApiError} when there is none. */
  async look(path: string): Promise<ServiceAnswer> {
    const url = new URL(`${this.server.pathname.replace(/\/+$/, '')}/${path}`, this.server);
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    try {
      const answer = await fetch(url, {
        headers: { accept: 'application/json', ...authorization },
        redirect: 'manual',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const date = Date.parse(answer.headers.get('date') ?? '');
      return {
        status: answer.status,
        json: parseJson(await readCapped(answer)),
        date: Number.isNaN(date) ? undefined : date,
      };
    } catch (error) {
      const sentence = `no answer from ${this.origin}: is Tagward running there? Give its address with --server or TAGWARD_URL`;
      throw new ApiError(sentence, EXIT.unreachable, { cause: error });
    }
  }

  /** Something answers that is no Tagward, or another version of it. */
  notTagward(): ApiError {
    const sentence = `${this.origin} answered what this tagward does not understand: is it Tagward, and of this version?`;
    return new ApiError(sentence, EXIT.failure);
  }
}

function tokenIn(file: string): string {
  const read = readTextFile(file);
  if ('text' in read) return read.text.replace(/\r?\n$/, '');
  throw new UsageError(`cannot read the token file ${file}: ${read.reason}`);
}

async function readCapped({ body }: Response): Promise<string> {
  if (body === null) return '';
  const stream: AsyncIterable<Uint8Array> = body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new Error(`the answer has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema accepts undefined: the reader's own answer says that this is no Tagward.
    return undefined;
  }
}

function refusal(answer: ServiceAnswer): ApiError {
  const { status } = answer;
  const problem = problemIn(answer);
  const sentence =
    problem === undefined
      ? `the service answered with ${status}`
      : `${problem.title}: ${problem.detail} (${problem.code})`;
  if (status === 401 || status === 403) return new ApiError(sentence, EXIT.notAuthenticated);
  const isPassing = status === 429 || status >= 500;
  return new ApiError(sentence, isPassing ? EXIT.unreachable : EXIT.failure);
}
