import { request } from 'undici';
import { z } from 'zod';
import { readTextFile } from '../config/text-file';
import { isRepositoryName, slugOf } from '../core/names';
import { type CommandCall, EXIT, UsageError } from './command';
import { textOption } from './command-line';

const USUAL_SERVER = 'http://127.0.0.1:8080';
/** A back-test of a large repository takes its time. */
const PATIENCE_MS = 120_000;

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

const Problem = z.object({
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string().optional(),
});

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

  /** The checked answer to a POST under `/api/v1`. Throws {@link ApiError}. */
  async post<Answer>(path: string, body: unknown, schema: z.ZodType<Answer>): Promise<Answer> {
    const { status, text } = await this.send(path, body);
    const json: unknown = /^\s*[{[]/.test(text) ? JSON.parse(text) : undefined;
    if (status >= 400) throw problemError(status, json);
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const sentence = `${this.server.origin} answered what this tagward does not understand: is it another version?`;
    throw new ApiError(sentence, EXIT.failure, { cause: parsed.error });
  }

  private async send(path: string, body: unknown): Promise<{ status: number; text: string }> {
    const url = new URL(`${this.server.pathname.replace(/\/$/, '')}/api/v1/${path}`, this.server);
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body: JSON.stringify(body),
        headersTimeout: PATIENCE_MS,
        bodyTimeout: PATIENCE_MS,
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      const sentence = `no answer from ${this.server.origin}: is Tagward running there? Give its address with --server or TAGWARD_URL`;
      throw new ApiError(sentence, EXIT.unreachable, { cause: error });
    }
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
