import { request } from 'undici';
import { z } from 'zod';
import { readTextFile } from '../config/text-file';
import { isRepositoryName, slugOf } from '../core/names';
import { type CommandCall, EXIT, UsageError } from './command';
import { textOption } from './command-line';

const USUAL_SERVER = 'http://127.0.0.1:8080';
/** A back-test of a large repository takes its time. */
const PATIENCE_MS = 120_000;
/** The plan of a repository with a hundred thousand tags has some megabytes. */
const MOST_BYTES = 128 * 1024 * 1024;

/** Options of every command that talks to a service. */
export const SERVER_OPTIONS = {
  server: { type: 'string' },
  'token-file': { type: 'string' },
  repository: { type: 'string' },
} as const;

export const SERVER_HELP = `      --server URL       the service; TAGWARD_URL, or ${USUAL_SERVER}
      --token-file FILE  file with an API token; TAGWARD_TOKEN_FILE
`;

/** The service did not do what was asked; the exit code says of what kind the trouble is. */
export class ApiError extends Error {
  constructor(
    sentence: string,
    readonly exitCode: number,
    options: ErrorOptions = {},
  ) {
    super(sentence, options);
    this.name = 'ApiError';
  }
}

export interface ServiceAnswer {
  readonly status: number;
  /** Undefined when the body is no JSON. */
  readonly json: unknown;
  /** UTC milliseconds by the service's clock, in whole seconds; undefined where it does not tell. */
  readonly date: number | undefined;
}

const Problem = z.object({
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string().optional(),
});

/** The problem in an answer (RFC 9457); undefined when it is none. */
export function problemIn({ json }: ServiceAnswer): z.infer<typeof Problem> | undefined {
  return Problem.safeParse(json).data;
}

/** Talks to one service. The token appears in no output. */
export class ApiClient {
  private constructor(
    private readonly server: URL,
    private readonly token: string | undefined,
  ) {}

  /** Throws {@link UsageError} for an address that is none or a file that cannot be read. */
  static of({ options, io }: CommandCall): ApiClient {
    const server = textOption(options, 'server') ?? io.env['TAGWARD_URL'] ?? USUAL_SERVER;
    const file = textOption(options, 'token-file') ?? io.env['TAGWARD_TOKEN_FILE'];
    if (!URL.canParse(server)) throw new UsageError(`${server} is no URL; give http://host:8080`);
    return new ApiClient(new URL(server), file === undefined ? undefined : tokenIn(file));
  }

  get origin(): string {
    return this.server.origin;
  }

  /** The checked answer to a POST under `/api/v1`. Throws {@link ApiError}. */
  async post<Answer>(path: string, body: unknown, schema: z.ZodType<Answer>): Promise<Answer> {
    return this.checked(await this.send('POST', `api/v1/${path}`, body), schema);
  }

  /** The checked answer to a GET under `/api/v1`. Throws {@link ApiError}. */
  async get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer> {
    return this.checked(await this.send('GET', `api/v1/${path}`), schema);
  }

  /** The answer to a GET of any path, whatever its status. Throws {@link ApiError} when there is none. */
  look(path: string): Promise<ServiceAnswer> {
    return this.send('GET', path);
  }

  /** Something answers that is no Tagward, or another version of it. */
  notUnderstood(cause?: unknown): ApiError {
    const sentence = `${this.origin} answered what this tagward does not understand: is it Tagward, and of this version?`;
    return new ApiError(sentence, EXIT.failure, { cause });
  }

  private checked<Answer>({ status, json }: ServiceAnswer, schema: z.ZodType<Answer>): Answer {
    if (status >= 400) throw problemError(status, json);
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw this.notUnderstood(parsed.error);
  }

  private async send(method: 'GET' | 'POST', path: string, body?: unknown): Promise<ServiceAnswer> {
    const url = new URL(`${this.server.pathname.replace(/\/+$/, '')}/${path}`, this.server);
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    try {
      const answer = await request(url, {
        method,
        headers: { accept: 'application/json', ...content, ...authorization },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: PATIENCE_MS,
        bodyTimeout: PATIENCE_MS,
      });
      const date = Date.parse(String(answer.headers['date'] ?? ''));
      return {
        status: answer.statusCode,
        json: parseJson(await readCapped(answer.body)),
        date: Number.isNaN(date) ? undefined : date,
      };
    } catch (error) {
      const sentence = `no answer from ${this.origin}: is Tagward running there? Give its address with --server or TAGWARD_URL`;
      throw new ApiError(sentence, EXIT.unreachable, { cause: error });
    }
  }
}

async function readCapped(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
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
    // No schema accepts undefined: whoever reads it says that this is no Tagward.
    return undefined;
  }
}

function tokenIn(file: string): string {
  const read = readTextFile(file);
  if ('text' in read) return read.text.replace(/\r?\n$/, '');
  throw new UsageError(`cannot read the token file ${file}: ${read.reason}`);
}

function problemError(status: number, json: unknown): ApiError {
  const { data } = Problem.safeParse(json);
  const sentence =
    data === undefined
      ? `the service answered with ${status}`
      : `${data.title}: ${data.detail} (${data.code}${data.requestId === undefined ? '' : `, request ${data.requestId}`})`;
  return new ApiError(sentence, exitCodeOf(status));
}

function exitCodeOf(status: number): number {
  if (status === 401 || status === 403) return EXIT.notAuthenticated;
  if (status === 409 || status === 412) return EXIT.refused;
  if (status === 400 || status === 422) return EXIT.usage;
  return status === 429 || status >= 500 ? EXIT.unreachable : EXIT.failure;
}

/** The repository that a command is about. Throws {@link UsageError}. */
export function repositoryOf(
  text: string | undefined,
  command: string,
): {
  readonly repository: string;
  readonly slug: string;
} {
  if (text === undefined) {
    throw new UsageError(`${command} needs a repository, such as local/gallery/ui`);
  }
  if (isRepositoryName(text)) return { repository: text, slug: slugOf(text) };
  throw new UsageError(`${JSON.stringify(text)} is no repository: give <registry id>/<path>`);
}
