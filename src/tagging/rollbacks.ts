import { Injectable } from '@nestjs/common';
import type { MoveDecision } from '../core/decision';
import { DomainError } from '../core/domain-error';
import type { Hold } from '../core/hold';
import { type Digest, isDigest, type RepositoryName, type TagName } from '../core/names';
import type { Release, Target } from '../core/release';
import { UnitOfWork } from '../database/unit-of-work';
import { MoveStore } from '../history/move.store';
import { ImageRegistry, type Manifest } from '../registry/image-registry';
import { Clock } from '../runtime/clock';
import { HoldStore } from './hold.store';
import { Interventions } from './interventions';
import { RepositoryLease } from './lease';
import { LedgerReader, type LedgerView } from './ledger-reader';
import { MoveWriter } from './move-writer';
import type { HeldLease } from './renewed-lease';

export interface Rollback {
  readonly repository: RepositoryName;
  /** Holds the tag where it is put. */
  readonly hold: Hold;
  readonly to: TagName | Digest;
  /** The digest that the caller has seen the tag on; undefined does not check. */
  readonly seen: Digest | undefined;
}

export interface RolledBack {
  readonly from: Target | null;
  readonly to: Target;
}

/** A rollback is a move plus a hold: the next webhook must not undo a person's decision (rule H2). */
@Injectable()
export class Rollbacks {
  constructor(
    private readonly lease: RepositoryLease,
    private readonly ledger: LedgerReader,
    private readonly interventions: Interventions,
    private readonly registry: ImageRegistry,
    private readonly moves: MoveStore,
    private readonly moveWriter: MoveWriter,
    private readonly holds: HoldStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Moves a tag to a release or a digest and holds it there. Throws `not-a-moving-tag`,
   * `release-unknown`, `release-withdrawn`, `precondition-failed`, and what the registry throws.
   */
  async rollBack(rollback: Rollback): Promise<RolledBack> {
    const { repository, hold } = rollback;
    this.interventions.refuseOthers(repository, hold.tag);
    return this.lease.run(repository, async (lease) => {
      const view = await this.ledger.read(repository);
      const digest = digestOf(rollback, view.releases);
      const [found, manifest] = await Promise.all([
        this.registry.findManifest(repository, hold.tag),
        this.registry.getManifest(repository, digest),
      ]);
      refuseStale(rollback, found?.digest);
      const to = targetAt(digest, rollback.to, view.releases);
      const from = found === undefined ? null : targetAt(found.digest, undefined, view.releases);
      await lease.confirm();
      if (found?.digest === digest) await this.holdOnly(rollback);
      else await this.move({ rollback, view, from, to, manifest }, lease);
      return { from, to };
    });
  }

  private async holdOnly({ repository, hold }: Rollback): Promise<void> {
    await this.unitOfWork.run((transaction) =>
      this.holds.set(transaction, repository, hold, this.clock.now()),
    );
  }

  /** The hold and the intended move are one commit: whatever happens then, the tag is not undone. */
  private async move(work: MoveWork, lease: HeldLease): Promise<void> {
    const { rollback, view, manifest } = work;
    const { repository, hold } = rollback;
    const decision = toDecision(work);
    const now = this.clock.now();
    const sequences = await this.unitOfWork.run(async (transaction) => {
      await this.holds.set(transaction, repository, hold, now);
      const { tag, from, to, reason } = decision;
      const at = Math.max(now, view.lastMoveAt);
      const cause = { actor: hold.by, deliveryId: null, runId: null };
      return this.moves.intend(transaction, [
        { repository, tag, kind: 'rolled-back', from, to, reason, at, ...cause },
      ]);
    });
    const manifests = new Map([[manifest.digest, manifest]]);
    const outcomes = await this.moveWriter.write(repository, [decision], manifests, lease);
    const [refusal] = outcomes.refused.values();
    await this.unitOfWork.run(async (transaction) => {
      if (outcomes.moved.size > 0) await this.moves.apply(transaction, [...sequences.values()]);
      if (refusal === undefined) return;
      await this.moves.fail(transaction, [...sequences.values()]);
      await this.holds.remove(transaction, repository, [hold.tag]);
    });
    const [fault] = [...outcomes.refused.values(), ...outcomes.open.values()];
    if (fault !== undefined) throw fault;
  }
}

interface MoveWork extends RolledBack {
  readonly rollback: Rollback;
  readonly view: LedgerView;
  readonly manifest: Manifest;
}

function toDecision({ rollback: { hold }, from, to }: MoveWork): MoveDecision {
  const place = to.release ?? to.digest;
  const text = `moved: rolled back to ${place} by ${hold.by}: ${hold.reason}`;
  return { tag: hold.tag, action: 'move', reason: { code: 'rolled-back', text }, from, to };
}

function digestOf({ repository, to }: Rollback, releases: readonly Release[]): Digest {
  if (isDigest(to)) return to;
  const release = releases.find(({ tag }) => tag === to);
  if (release === undefined) {
    throw new DomainError('release-unknown', `${repository} has no release ${to} on record`);
  }
  if (release.withdrawn === undefined) return release.digest;
  const sentence = `${to} is withdrawn (${release.withdrawn}): restore it first`;
  throw new DomainError('release-withdrawn', sentence);
}

function targetAt(
  digest: Digest,
  named: TagName | Digest | undefined,
  releases: readonly Release[],
): Target {
  const onDigest = releases.filter((release) => release.digest === digest);
  const release = onDigest.find(({ tag }) => tag === named) ?? onDigest[0];
  return { digest, release: release?.tag ?? null };
}

function refuseStale({ hold, seen }: Rollback, found: Digest | undefined): void {
  if (seen === undefined || seen === found) return;
  const sentence = `${hold.tag} is on ${found ?? 'nothing'} and no longer on the digest in If-Match`;
  throw new DomainError('precondition-failed', sentence);
}
