import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import type { ManifestLinks } from '../core/inventory';
import type { Digest, RepositoryName } from '../core/names';
import type { RetentionReplay, RetentionReplayInput } from '../core/replay-data';
import type { RetentionPolicy } from '../core/retention-policy';
import { replayRetention } from '../core/retention-replay';
import { ReleaseStore } from '../history/release.store';
import { RegistryError } from '../registry/registry-error';
import { Clock } from '../runtime/clock';
import { InUseStore } from './in-use.store';
import { InventoryTaker } from './inventory-taker';
import { PinStore } from './pin.store';
import { RecordedMovesStore } from './recorded-moves.store';
import { limitsOf } from './replay-limits';
import { RetentionEvaluator } from './retention-evaluator';

const DAY_MS = 86_400_000;
/** So long may a replay calculate; what it has by then is the answer. */
const MOST_MS = 60_000;

export interface ReplayTerms {
  readonly policy: RetentionPolicy;
  readonly days: number;
  /** Whether plans that wait for a person are taken as approved. */
  readonly approve: boolean;
}

export interface ReplayReport extends RetentionReplay {
  /** What could not be known, in sentences. */
  readonly limits: readonly string[];
}

/** What a policy would have made of the recorded past; reads only. */
@Injectable()
export class RetentionReplays {
  constructor(
    private readonly evaluator: RetentionEvaluator,
    private readonly inventory: InventoryTaker,
    private readonly recorded: RecordedMovesStore,
    private readonly releases: ReleaseStore,
    private readonly pins: PinStore,
    private readonly inUse: InUseStore,
    private readonly clock: Clock,
  ) {}

  /** Replays the days before now. Throws `repository-unknown`; a registry that is down is a limit. */
  async run(
    repository: RepositoryName,
    { policy, days, approve }: ReplayTerms,
  ): Promise<ReplayReport> {
    const to = this.clock.now();
    const from = to - days * DAY_MS;
    const rules = this.evaluator.rulesOf(repository);
    const [moves, releases, withdrawnAt, pins, inUse] = await Promise.all([
      this.recorded.list(repository),
      this.releases.list(repository, rules),
      this.releases.listWithdrawals(repository),
      this.pins.list(repository, from),
      this.inUse.list(repository),
    ]);
    const roots = new Set([
      ...inUse.flatMap(({ digests }) => digests),
      ...pins.flatMap(({ target }) => (target.kind === 'digest' ? [target.digest] : [])),
    ]);
    const { manifests, trouble } = await this.readManifests(repository, roots);
    const input: RetentionReplayInput = {
      ...{ moves, manifests, inUse, pins, rules, releases, withdrawnAt },
      ...{ policy, from, to, approve },
    };
    const replay = await inTurns(input);
    return { ...replay, limits: [...trouble, ...limitsOf(input, replay)] };
  }

  /** References as they are now, or none and why. */
  private async readManifests(
    repository: RepositoryName,
    roots: ReadonlySet<Digest>,
  ): Promise<{
    readonly manifests: ReadonlyMap<Digest, ManifestLinks>;
    readonly trouble: readonly string[];
  }> {
    try {
      const { manifests } = await this.inventory.take(repository, { roots: roots });
      return { manifests, trouble: [] };
    } catch (error) {
      if (!isTrouble(error)) throw error;
      const text = `what indexes list could not be read, so images in them were taken as free to go: ${error.message}`;
      return { manifests: new Map(), trouble: [text] };
    }
  }
}

function isTrouble(error: unknown): error is DomainError | RegistryError {
  if (error instanceof RegistryError) return true;
  return error instanceof DomainError && error.code === 'inventory-unreadable';
}

/** Lets other requests have their turn after each day. */
async function inTurns(input: RetentionReplayInput): Promise<RetentionReplay> {
  const steps = replayRetention(input);
  const end = performance.now() + MOST_MS;
  let step = steps.next();
  while (step.done !== true) {
    await nextTurn();
    step = steps.next(performance.now() > end);
  }
  return step.value;
}
