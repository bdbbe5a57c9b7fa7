import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';

const Failed = z.object({ failed: z.string() });

/** A TypeScript file of this folder as a process of its own, which answers one message at a time. */
export class Child {
  private readonly process: ChildProcess;

  constructor(name: string) {
    this.process = fork(join(__dirname, `${name}.ts`), {
      execArgv: ['-r', '@swc-node/register'],
      serialization: 'advanced',
    });
  }

  /** Sends a question and gives the answer; throws what went wrong over there. */
  async ask<Answer>(question: object, schema: z.ZodType<Answer>): Promise<Answer> {
    const over = new AbortController();
    const { signal } = over;
    const ended = once(this.process, 'exit', { signal }).then(() => {
      throw new Error('a helper process of the benchmark ended');
    });
    const answered = once(this.process, 'message', { signal });
    // Whichever comes second is not waited for.
    ended.catch(() => undefined);
    answered.catch(() => undefined);
    this.process.send(question);
    const answers: unknown[] = await Promise.race([answered, ended]);
    over.abort();
    const failed = Failed.safeParse(answers[0]);
    if (failed.success) throw new Error(failed.data.failed);
    return schema.parse(answers[0]);
  }

  /** Ends it; nothing of it runs any more when this resolves. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}

/** The other side: answers each message of the parent, and ends with it. */
export function answerParent<Question>(
  schema: z.ZodType<Question>,
  answer: (question: Question) => Promise<object>,
): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: unknown) => {
    void reply(() => answer(schema.parse(message)));
  });
}

async function reply(work: () => Promise<object>): Promise<void> {
  try {
    process.send?.(await work());
  } catch (error) {
    process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : 'unknown' });
  }
}
