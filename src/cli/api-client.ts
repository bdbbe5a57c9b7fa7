import { request } from 'undici';
import { z } from 'zod';
import { readTextFile } from '../config/text-file';
import { isRepositoryName, slugOf } from '../core/names';
import { type CommandCall, EXIT, type OptionValues, UsageError } from './command';
import { textOption } from './command-line';
import { harmless, shellWord } from './server-text';

const USUAL_SERVER = 'http://127.0.0.1:8080';
/** A back-test of a large repository takes its time. */
const PATIENCE_MS = 120_000;
/** The plan of a repository with a hundred thousand tags has some megabytes. */
const MOST_BYTES = 128 * 1024 * 1024;

/** Options of commands that talk to a service, and whose repository is an operand. */
export const CALL_OPTIONS = {
  server: { type: 'string' },
  'token-file': { type: 'string' },
} as const;

/** The same where the repository is an option. */
export const SERVER_OPTIONS = { ...CALL_OPTIONS, repository: { type: 'string' } } as const;

export const SERVER_HELP = `      --server URL       the service; TAGWARD_URL, or ${USUAL_SERVER}
      --token-file FILE  file with an API token; TAGWARD_TOKEN_FILE
`;

export interface ApiRequest<Answer> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Under `/api/v1`. */
  readonly path: string;
  readonly body?: unknown;
  /** A hash; sent as an entity tag. */
  readonly ifMatch?: string;
  readonly schema: z.ZodType<Answer>;
  /** What helps, by the code of the problem. */
  readonly advice?: Readonly<Record<string, string>>;
}

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
    return this.ask({ method: 'POST', path, body, schema });
  }

  /** The checked answer to a GET under `/api/v1`. Throws {@link ApiError}. */
  async get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer> {
    return this.ask({ method: 'GET', path, schema });
  }

  /** The checked answer. Throws {@link ApiError}; nothing in its message commands a terminal. */
  async ask<Answer>(asked: ApiRequest<Answer>): Promise<Answer> {
    const { method, path, body, ifMatch, schema, advice = {} } = asked;
    const answer = await this.send(method, `api/v1/${path}`, { body, ifMatch });
    return this.read(answer, schema, advice);
  }

  /** The same as `get`; undefined where the service is of a version that has no such path. */
  async find<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer | undefined> {
    const answer = await this.send('GET', `api/v1/${path}`);
    if (answer.status === 404 && problemIn(answer)?.code === 'route-unknown') return undefined;
    return this.read(answer, schema);
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

  private read<Answer>(
    { status, json }: ServiceAnswer,
    schema: z.ZodType<Answer>,
    advice: Readonly<Record<string, string>> = {},
  ): Answer {
    if (status >= 400) throw problemError(status, json, advice);
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw this.notUnderstood(parsed.error);
  }

  private async send(
    method: ApiRequest<unknown>['method'],
    path: string,
    { body, ifMatch }: { readonly body?: unknown; readonly ifMatch?: string | undefined } = {},
  ): Promise<ServiceAnswer> {
    const url = new URL(`${this.server.pathname.replace(/\/+$/, '')}/${path}`, this.server);
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const condition = ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` };
    try {
      const answer = await request(url, {
        method,
        headers: { accept: 'application/json', ...content, ...condition, ...authorization },
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

function problemError(
  status: number,
  json: unknown,
  advice: Readonly<Record<string, string>>,
): ApiError {
  const { data } = Problem.safeParse(json);
  const more =
    data === undefined || !Object.hasOwn(advice, data.code) ? '' : `\n${advice[data.code] ?? ''}`;
  const sentence =
    data === undefined
      ? `the service answered with ${status}`
      : `${data.title}: ${data.detail} (${data.code}${data.requestId === undefined ? '' : `, request ${data.requestId}`})`;
  return new ApiError(`${harmless(sentence)}${more}`, exitCodeOf(status));
}

function exitCodeOf(status: number): number {
  if (status === 401 || status === 403) return EXIT.notAuthenticated;
  if (status === 409 || status === 412) return EXIT.refused;
  if (status === 400 || status === 422) return EXIT.usage;
  return status === 429 || status >= 500 ? EXIT.unreachable : EXIT.failure;
}

/** The options by which a command to copy reaches the same service; empty without them. */
export function sameServer(options: OptionValues): string {
  return Object.keys(CALL_OPTIONS)
    .map((name) => {
      const value = textOption(options, name);
      return value === undefined ? '' : ` --${name} ${shellWord(value)}`;
    })
    .join('');
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
