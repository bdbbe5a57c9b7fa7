import type { Stats } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '../../runtime/clock';

/** A value, or the reason for which there is none: a clause that follows the file's name. */
export type Reading<T> = { readonly value: T } | { readonly reason: string };

export interface WatchedFileOptions<T> {
  /** Absolute. */
  readonly path: string;
  /** A longer file is not read. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** The text is UTF-8. Never throws. */
  readonly parse: (text: string) => Reading<T>;
  /** What was read before, by somebody else. */
  readonly initial?: T;
}

/** How often the file is looked at; its content is read only when it has changed. */
const LOOK_EVERY_MS = 1_000;

/**
 * What a file holds, read again when it has changed. A file that vanished, is being rewritten or
 * makes no sense leaves the last good value in place: secrets are often replaced in two steps.
 */
export class WatchedFile<T> {
  private good: Reading<T> | undefined;
  private reason: string | undefined;
  private stamp = '';
  private lookedAt: number | undefined;
  /** One look after the other, so that an older one never overwrites what a newer one found. */
  private looks: Promise<void> = Promise.resolve();

  constructor(private readonly options: WatchedFileOptions<T>) {
    if (options.initial !== undefined) this.good = { value: options.initial };
  }

  /** The last good value, a reason when there is none. `fresh` reads whatever the file's times say. */
  async read(fresh = false): Promise<Reading<T>> {
    if (fresh || this.isDue()) {
      this.looks = this.looks.then(() => this.look(fresh));
      await this.looks;
    }
    return this.good ?? { reason: this.reason ?? 'has not been read' };
  }

  /** Why the file cannot be used as it is now. */
  fault(): string | undefined {
    return this.reason;
  }

  private isDue(): boolean {
    // Both ways: a clock that was set back must not stop the looking.
    const { lookedAt } = this;
    return lookedAt === undefined || Math.abs(this.options.clock.now() - lookedAt) >= LOOK_EVERY_MS;
  }

  private async look(fresh: boolean): Promise<void> {
    if (!fresh && !this.isDue()) return;
    this.lookedAt = this.options.clock.now();
    try {
      const { text, stamp } = await readWhenChanged(
        this.options.path,
        this.options.maxBytes,
        fresh ? '' : this.stamp,
      );
      if (text !== undefined) this.take(this.options.parse(text));
      this.stamp = stamp;
    } catch (error) {
      this.stamp = '';
      this.reason = `cannot be read (${reasonOf(error)})`;
    }
  }

  private take(found: Reading<T>): void {
    if ('reason' in found) {
      this.reason = found.reason;
      return;
    }
    this.good = found;
    this.reason = undefined;
  }
}

/** The text is undefined when the file's stamp is the known one. */
async function readWhenChanged(
  path: string,
  maxBytes: number,
  known: string,
): Promise<{ readonly text: string | undefined; readonly stamp: string }> {
  // A pipe without a writer would otherwise hold a thread for ever.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new UnusableFile('it is no file');
    const stamp = stampOf(stats);
    return { text: stamp === known ? undefined : await readText(handle, maxBytes), stamp };
  } finally {
    await handle.close();
  }
}

async function readText(handle: FileHandle, maxBytes: number): Promise<string> {
  const buffer = Buffer.allocUnsafe(maxBytes + 1);
  let size = 0;
  while (size < buffer.length) {
    const { bytesRead } = await handle.read(buffer, size, buffer.length - size, size);
    if (bytesRead === 0) break;
    size += bytesRead;
  }
  if (size > maxBytes) throw new UnusableFile(`it is longer than ${maxBytes} bytes`);
  return buffer.toString('utf8', 0, size);
}

function stampOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [ino, size, mtimeMs, ctimeMs].join(' ');
}

class UnusableFile extends Error {}

/** Node's own message repeats the call and the path. */
function reasonOf(error: unknown): string {
  if (error instanceof UnusableFile) return error.message;
  if (typeof error !== 'object' || error === null || !('code' in error)) return 'unknown reason';
  return String(error.code);
}
