import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { isInForce } from '../core/hold';
import {
  type Digest,
  isDigest,
  parseTagName,
  type RepositoryName,
  type TagName,
} from '../core/names';
import type { Pin } from '../core/pin';
import { bulkInsert } from '../database/bulk-insert';
import { READER } from '../database/data-sources';
import type { Transaction } from '../database/unit-of-work';
import { PinEntity } from './pin.entity';

/** What is pinned: a pin stays on record after its end, and counts no more. */
@Injectable()
export class PinStore {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** The pins of a repository that are in force at a time (UTC milliseconds). */
  async list(repository: RepositoryName, now: number): Promise<readonly Pin[]> {
    return (await this.listRecords(repository, now)).map(({ target, reason, expiresAt }) => ({
      target: toTarget(target),
      reason,
      expiresAt,
    }));
  }

  /** The same with who set them and when, newest first. */
  async listRecords(repository: RepositoryName, now: number): Promise<readonly PinEntity[]> {
    const pins = await this.reader.manager.find(PinEntity, {
      where: { repository },
      order: { createdAt: 'DESC', target: 'ASC' },
    });
    return pins.filter((pin) => isInForce(pin, now));
  }

  /** Sets a pin; one that is there is replaced. */
  async set(transaction: Transaction, pin: PinEntity): Promise<void> {
    await bulkInsert(transaction, {
      table: 'pins',
      columns: ['repository', 'target', 'reason', 'created_by', 'created_at', 'expires_at'],
      rows: [[pin.repository, pin.target, pin.reason, pin.createdBy, pin.createdAt, pin.expiresAt]],
      onConflict: `(repository, target) do update set reason = excluded.reason,
        created_by = excluded.created_by, created_at = excluded.created_at,
        expires_at = excluded.expires_at`,
      returning: ['target'],
    });
  }

  /** Gives what was removed; undefined when nothing was pinned. */
  async remove(
    transaction: Transaction,
    repository: RepositoryName,
    target: TagName | Digest,
  ): Promise<PinEntity | undefined> {
    const pin = await transaction.findOneBy(PinEntity, { repository, target });
    if (pin === null) return undefined;
    await transaction.delete(PinEntity, { repository, target });
    return pin;
  }
}

function toTarget(target: string): Pin['target'] {
  return isDigest(target)
    ? { kind: 'digest', digest: target }
    : { kind: 'tag', tag: parseTagName(target) };
}
