import { Injectable, Logger } from '@nestjs/common';
import type { DomainErrorCode } from '../core/domain-error';

/** One thing that was looked at; whoever reads it may be anybody, so it names no host and no path. */
export interface ReadinessCheck {
  readonly name: 'database' | 'migrations' | 'registry';
  /** Id of the registry that it is about. */
  readonly registry?: string;
  /** `degraded` hinders work and takes no delivery away, `failed` does; `unknown` shows later. */
  readonly status: 'ok' | 'degraded' | 'failed' | 'unknown';
  readonly text: string;
}

interface ReadinessFault {
  readonly code: DomainErrorCode;
  readonly text: string;
}

export interface ReadinessReport {
  readonly checks: readonly ReadinessCheck[];
  readonly isDegraded: boolean;
  /** What keeps the service from taking work; undefined when it is ready. */
  readonly fault: ReadinessFault | undefined;
}

/** Whether it holds is found out when somebody asks, and by nothing that goes on by itself. */
type Check = () => Promise<readonly ReadinessCheck[]>;

/** Whether the service takes work. What must hold is registered by those who know it. */
@Injectable()
export class Readiness {
  private readonly logger = new Logger(Readiness.name);
  private readonly checks: Check[] = [];
  private stopping = false;
  private told = '';

  addCheck(check: Check): void {
    this.checks.push(check);
  }

  /** Fails from now on, before anything is taken down. */
  beginStop(): void {
    this.stopping = true;
  }

  async look(): Promise<ReadinessReport> {
    const stopping = { code: 'stopping', text: 'the service is stopping' } as const;
    if (this.stopping) return { checks: [], isDegraded: false, fault: stopping };
    const checks = (await Promise.all(this.checks.map((check) => check()))).flat();
    this.tellChanges(checks);
    const failed = checks.find(({ status }) => status === 'failed');
    return {
      checks,
      isDegraded: checks.some(({ status }) => status === 'degraded'),
      // What began while it was looked at counts.
      fault: this.isStopping() ? stopping : failed && toFault(failed),
    };
  }

  private isStopping(): boolean {
    return this.stopping;
  }

  /** A probe comes every few seconds: the log has what is different from the last one. */
  private tellChanges(checks: readonly ReadinessCheck[]): void {
    const troubles = checks.filter(({ status }) => status === 'degraded' || status === 'failed');
    const told = JSON.stringify(troubles);
    if (told === this.told || (troubles.length === 0 && this.told === '')) return;
    this.told = troubles.length === 0 ? '' : told;
    if (troubles.length === 0) this.logger.log({ msg: 'is ready again, with nothing amiss' });
    else this.logger.warn({ msg: 'is not as it should be', troubles });
  }
}

function toFault({ text }: ReadinessCheck): ReadinessFault {
  return { code: 'store-unavailable', text };
}
