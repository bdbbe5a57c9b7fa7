import { Injectable } from '@nestjs/common';
import type { DomainErrorCode } from '../core/domain-error';

export interface ReadinessFault {
  readonly code: DomainErrorCode;
  readonly text: string;
}

type Check = () => Promise<ReadinessFault | undefined>;

/** Whether the service takes work. What must hold is registered by those who know it. */
@Injectable()
export class Readiness {
  private readonly checks: Check[] = [];
  private stopping = false;

  addCheck(check: Check): void {
    this.checks.push(check);
  }

  /** Fails from now on, before anything is taken down. */
  beginStop(): void {
    this.stopping = true;
  }

  /** The first thing that keeps the service from taking work; undefined when it is ready. */
  async findFault(): Promise<ReadinessFault | undefined> {
    if (this.stopping) return { code: 'stopping', text: 'the service is stopping' };
    for (const check of this.checks) {
      const fault = await check();
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}
