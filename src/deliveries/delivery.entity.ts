import { Column, Entity } from 'typeorm';
import type { Digest, RepositoryName, TagName } from '../core/names';
import type { AnnouncedEvent } from '../tagging/inbox';
import { bigintColumn, identityColumn, textColumn } from '../database/columns';

export type DeliveryStatus = 'pending' | 'done' | 'ignored' | 'dead';
export const DELIVERY_STATUSES = [
  ...(['pending', 'done', 'ignored', 'dead'] as const),
] as const satisfies readonly DeliveryStatus[];

/** One event received from a source. */
@Entity('deliveries')
export class DeliveryEntity {
  @Column(identityColumn('id'))
  id!: number;

  /** Id of the configured source, or `token:<name>` for a release announced through the API. */
  @Column(textColumn('source'))
  source!: string;

  @Column(textColumn('dedupe_key'))
  dedupeKey!: string;

  @Column(textColumn('event'))
  event!: AnnouncedEvent;

  /** Null when the event named no usable repository. */
  @Column(textColumn('repository', { nullable: true }))
  repository!: RepositoryName | null;

  @Column(textColumn('tag', { nullable: true }))
  tag!: TagName | null;

  @Column(textColumn('digest', { nullable: true }))
  digest!: Digest | null;

  /** 1 and 0 as the sender said, null when it said nothing. */
  @Column(bigintColumn('prerelease', { nullable: true }))
  prerelease!: number | null;

  @Column(textColumn('run_url', { nullable: true }))
  runUrl!: string | null;

  @Column(bigintColumn('occurred_at', { nullable: true }))
  occurredAt!: number | null;

  @Column(bigintColumn('received_at'))
  receivedAt!: number;

  @Column(textColumn('body'))
  body!: string;

  @Column(textColumn('status'))
  status!: DeliveryStatus;

  @Column(bigintColumn('attempts'))
  attempts!: number;

  @Column(bigintColumn('not_before'))
  notBefore!: number;

  /** JSON of a code and a sentence. */
  @Column(textColumn('error', { nullable: true }))
  error!: string | null;

  /** JSON of the decisions. */
  @Column(textColumn('outcome', { nullable: true }))
  outcome!: string | null;

  @Column(bigintColumn('duplicates'))
  duplicates!: number;

  /** Number of the commit that inserted the row; tells a new one from a duplicate. */
  @Column(bigintColumn('accepted_in'))
  acceptedIn!: number;

  /** Number of the commit in which a redelivery brought a dead one back. */
  @Column(bigintColumn('reopened_in', { nullable: true }))
  reopenedIn!: number | null;

  @Column(bigintColumn('replay_of', { nullable: true }))
  replayOf!: number | null;
}
