import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import type { Reach } from '../core/reach';
import type { Caller } from '../http/access';
import { Clock } from '../runtime/clock';
import {
  DeliveryReadModel,
  isReplayable,
  type ReplayableDelivery,
  toAnswer,
} from './delivery.read-model';
import type { ReplayPreview, ReplayRequest, ReplaysStarted } from './delivery.schema';
import type { NewDelivery } from './delivery.store';
import { Intake, type Receipt } from './intake';

/** Deliveries of one request; they are stored in one commit. */
const MOST_AT_ONCE = 1_000;

/** Runs deliveries again, each as a delivery of its own that names the first one. */
@Injectable()
export class Replays {
  constructor(
    private readonly deliveries: DeliveryReadModel,
    private readonly intake: Intake,
    private readonly clock: Clock,
  ) {}

  /** Throws `delivery-unknown`, and `delivery-not-replayable` for one that names no repository. */
  async replay(id: number, { actor, reach }: Caller): Promise<readonly Receipt[]> {
    const row = await this.deliveries.getRow(id, reach);
    if (isReplayable(row)) return this.run([row], actor);
    const sentence = `delivery ${id} names no repository, so there is nothing to run again`;
    throw new DomainError('delivery-not-replayable', sentence);
  }

  /** What a request would run again. Throws `range-too-large`. */
  async preview(request: ReplayRequest, reach: Reach): Promise<ReplayPreview> {
    const rows = await this.find(request, reach);
    const deliveries = rows.map((row) => {
      const { id, source, repository, tag, receivedAt, status } = toAnswer(row);
      return { id, source, repository, tag, receivedAt, status };
    });
    return { dryRun: true, total: rows.length, deliveries };
  }

  /** Runs everything again that {@link preview} shows. Throws `range-too-large`. */
  async replayAll(request: ReplayRequest, { actor, reach }: Caller): Promise<ReplaysStarted> {
    const rows = await this.find(request, reach);
    const receipts = await this.run(rows, actor);
    const deliveries = receipts.map((receipt, index) => ({
      ...receipt,
      replayOf: rows[index]?.id ?? 0,
    }));
    return { dryRun: false, total: rows.length, deliveries };
  }

  private async find(request: ReplayRequest, reach: Reach): Promise<readonly ReplayableDelivery[]> {
    const rows = await this.deliveries.listReplayable(request, { limit: MOST_AT_ONCE, reach });
    if (rows.length <= MOST_AT_ONCE) return rows;
    const sentence = `more than ${MOST_AT_ONCE} deliveries match; ask for a shorter time, one source or one repository`;
    throw new DomainError('range-too-large', sentence);
  }

  private run(rows: readonly ReplayableDelivery[], actor: string): Promise<readonly Receipt[]> {
    const now = this.clock.now();
    return this.intake.accept(rows.map((row) => toReplay(row, actor, now)));
  }
}

function toReplay(row: ReplayableDelivery, actor: string, now: number): NewDelivery {
  const { event, repository, tag, digest, runUrl, occurredAt, body } = row;
  return {
    ...{ event, repository, tag, digest, runUrl, occurredAt, body },
    prerelease: row.prerelease === null ? null : row.prerelease === 1,
    ...{ source: actor, dedupeKey: `replay:${randomUUID()}`, replayOf: row.id },
    ...{ receivedAt: now, status: 'pending', error: null },
  };
}
