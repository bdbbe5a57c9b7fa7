import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import { Clock } from '../runtime/clock';
import { DeliveryReadModel } from './delivery.read-model';
import { Intake, type Receipt } from './intake';

/** Runs a delivery again, as a delivery of its own that names the first one. */
@Injectable()
export class Replays {
  constructor(
    private readonly deliveries: DeliveryReadModel,
    private readonly intake: Intake,
    private readonly clock: Clock,
  ) {}

  /** Throws `delivery-unknown`, and `delivery-not-replayable` for one that names no tag. */
  async replay(id: number, actor: string): Promise<readonly Receipt[]> {
    const row = await this.deliveries.getRow(id);
    const { repository, tag } = row;
    if (repository === null || tag === null) {
      const sentence = `delivery ${id} names no repository and tag, so there is nothing to run again`;
      throw new DomainError('delivery-not-replayable', sentence);
    }
    const { event, digest, runUrl, occurredAt, body } = row;
    const prerelease = row.prerelease === null ? null : row.prerelease === 1;
    const replay = {
      ...{ event, repository, tag, digest, prerelease, runUrl, occurredAt, body },
      ...{ source: actor, dedupeKey: `replay:${randomUUID()}`, replayOf: id },
      receivedAt: this.clock.now(),
    };
    const deliveries = [{ ...replay, status: 'pending', error: null } as const];
    return this.intake.accept(deliveries, [{ kind: 'announcement' }]);
  }
}
