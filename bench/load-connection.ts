import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const STATUS_AT = 'HTTP/1.1 '.length;
const HEAD_END = '\r\n\r\n';

/** One kept-alive connection that sends the next request when the last is answered. */
export class Connection {
  private readonly socket: Socket;
  private received = '';
  private sentAt = 0;

  constructor(
    url: URL,
    private readonly next: () => Buffer | undefined,
    private readonly onAnswer: (status: number, latencyMs: number) => void,
  ) {
    this.socket = connect(Number(url.port), url.hostname);
    this.socket.setNoDelay(true).setEncoding('latin1');
  }

  /** Resolves when there is nothing more to send and the last answer is there. */
  async run(): Promise<void> {
    await once(this.socket, 'connect');
    this.socket.on('data', (text: string) => {
      this.take(text);
    });
    const closed = once(this.socket, 'close');
    this.send();
    await closed;
  }

  private send(): void {
    const request = this.next();
    if (request === undefined) {
      this.socket.end();
      return;
    }
    this.sentAt = performance.now();
    this.socket.write(request);
  }

  /** Knows just enough of HTTP for small answers with a Content-Length. */
  private take(text: string): void {
    this.received += text;
    const head = this.received.indexOf(HEAD_END);
    if (head < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.received)?.[1]);
    if (this.received.length < head + HEAD_END.length + length) return;
    const status = Number(this.received.slice(STATUS_AT, STATUS_AT + 3));
    this.received = '';
    this.onAnswer(status, performance.now() - this.sentAt);
    this.send();
  }
}
