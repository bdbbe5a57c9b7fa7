import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import { bulkInsert } from '../database/bulk-insert';
import { READER } from '../database/data-sources';
import { select } from '../database/select';
import type { Transaction } from '../database/unit-of-work';

/** A manifest as it is kept here; the registry's own type has the same shape. */
export interface KeptManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** Tags that may stand on a dummy, with what they had before. */
export interface OpenDummy {
  readonly dummy: Digest;
  readonly before: ReadonlyMap<TagName, KeptManifest>;
}

interface OpenRow {
  readonly dummy_digest: Digest;
  readonly tag: TagName;
  readonly digest: Digest;
  readonly media_type: string;
  readonly bytes: string;
}

/** The journal of deletions for which tags are pointed at a dummy, written before the first PUT. */
@Injectable()
export class DummyJournal {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** The moves of the tags are intended in the same transaction, and name the dummy. */
  async begin(
    transaction: Transaction,
    dummy: Digest,
    before: readonly KeptManifest[],
  ): Promise<void> {
    await bulkInsert(transaction, {
      table: 'dummy_manifests',
      columns: ['dummy_digest', 'digest', 'media_type', 'bytes'],
      rows: before.map(({ digest, mediaType, bytes }) => [
        ...[dummy, digest, mediaType, bytes.toString('base64')],
      ]),
      returning: ['digest'],
    });
  }

  /** Forgets every dummy that no intended move names any more. */
  async forgetSettled(transaction: Transaction): Promise<void> {
    await transaction.query(
      `delete from dummy_manifests where dummy_digest not in
        (select dummy_digest from moves where status = 'intended' and dummy_digest is not null)`,
    );
  }

  /** The dummies of a repository whose deletion a crash may have cut off; empty when there is none. */
  async listOpen(repository: RepositoryName): Promise<readonly OpenDummy[]> {
    const rows = await select<OpenRow>(
      this.reader,
      `select m.dummy_digest, m.tag, d.digest, d.media_type, d.bytes
      from moves m join dummy_manifests d
        on d.dummy_digest = m.dummy_digest and d.digest = m.from_digest
      where m.repository = ? and m.status = 'intended'`,
      [repository],
    );
    const open = new Map<Digest, Map<TagName, KeptManifest>>();
    for (const { dummy_digest, tag, digest, media_type, bytes } of rows) {
      const before = open.get(dummy_digest) ?? new Map<TagName, KeptManifest>();
      before.set(tag, { digest, mediaType: media_type, bytes: Buffer.from(bytes, 'base64') });
      open.set(dummy_digest, before);
    }
    return Array.from(open, ([dummy, before]) => ({ dummy, before }));
  }
}
