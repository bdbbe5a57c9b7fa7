import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings';
import { Clock } from '../runtime/clock';
import { Readiness, type ReadinessCheck } from '../runtime/readiness';
import { HttpImageRegistry } from './http-image-registry';

const ASK_EVERY_MS = 30_000;
const PING_MS = 2_000;
/** A probe has a second by default, and a registry that hangs must not make the service unready. */
const WAIT_MS = 500;

interface Reach {
  readonly askedAt: number;
  /** Undefined until the first answer. */
  known: boolean | undefined;
  readonly asking: Promise<void>;
}

/**
 * Names registries that cannot be reached. The service is ready all the same: deliveries are
 * accepted and wait.
 */
@Injectable()
export class RegistryReadiness implements OnModuleInit {
  private readonly reached = new Map<string, Reach>();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly registry: HttpImageRegistry,
    private readonly readiness: Readiness,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const ids = [...this.settings.registries.keys()];
    this.readiness.addCheck(() => Promise.all(ids.map((id) => this.check(id))));
  }

  private async check(id: string): Promise<ReadinessCheck> {
    const reach = this.reachOf(id);
    await Promise.race([reach.asking, waited(WAIT_MS)]);
    const subject = { name: 'registry', registry: id } as const;
    if (reach.known === undefined) {
      return { ...subject, status: 'unknown', text: `the registry ${id} has not answered yet` };
    }
    if (reach.known) return { ...subject, status: 'ok', text: `the registry ${id} answers` };
    const text = `the registry ${id} cannot be reached: deliveries are accepted and wait`;
    return { ...subject, status: 'degraded', text };
  }

  /** Asked when somebody looks, and at most every 30 s; what was known counts until the answer. */
  private reachOf(id: string): Reach {
    const now = this.clock.now();
    const last = this.reached.get(id);
    const age = now - (last?.askedAt ?? -Infinity);
    if (last !== undefined && age >= 0 && age < ASK_EVERY_MS) return last;
    const asking = this.registry.isReachable(id, AbortSignal.timeout(PING_MS)).then((answers) => {
      reach.known = answers;
    });
    const reach: Reach = { askedAt: now, known: last?.known, asking };
    this.reached.set(id, reach);
    return reach;
  }
}

function waited(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
