import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
  readonly body: string;
  /** Whether the server ended the connection. */
  readonly closed: boolean;
}

const PATIENCE_MS = 20_000;
/** A server that closes after its answer does so at once. */
const GRACE_MS = 1_000;

/**
 * Sends bytes exactly as they are, which no HTTP client would do with most of them, and reads until the server closes, or a moment longer than its answer.
 */
export function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let grace: NodeJS.Timeout | undefined;
    const end = (closed: boolean): void => {
      clearTimeout(grace);
      socket.destroy();
      resolve({ ...parse(Buffer.concat(chunks).toString('latin1')), closed });
    };
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy();
      reject(new Error(`no answer in ${PATIENCE_MS} ms`));
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (!isWhole(Buffer.concat(chunks).toString('latin1'))) return;
      grace ??= setTimeout(() => {
        end(false);
      }, GRACE_MS);
    });
    socket.on('end', () => {
      end(true);
    });
    // What was sent after the answer is refused by a reset; the answer counts.
    socket.on('error', () => {
      end(true);
    });
  });
}

function parse(text: string): Omit<RawAnswer, 'closed'> {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? [];
  return { status: Number(status), head: `${head}\r\n`, body: rest.join('\r\n\r\n') };
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end).toLowerCase();
  const [, length] = /\r\ncontent-length: (\d+)/.exec(head) ?? [];
  if (end < 0 || length === undefined) return false;
  return text.length - end - 4 >= Number(length);
}
