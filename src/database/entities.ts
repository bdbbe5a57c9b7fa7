import { AuditRecordEntity } from '../audit/audit-record.entity';
import { DeliveryEntity } from '../deliveries/delivery.entity';
import { UsedTokenEntity } from '../deliveries/used-token.entity';
import { DriftEntity } from '../history/drift.entity';
import { DummyManifestEntity } from '../history/dummy-manifest.entity';
import { KnownRepositoryEntity } from '../history/known-repository.entity';
import { LifetimeEntity } from '../history/lifetime.entity';
import { MoveEntity } from '../history/move.entity';
import { ReleaseEntity } from '../history/release.entity';
import { InUseDigestEntity, InUseReporterEntity } from '../retention/in-use.entity';
import { PinEntity } from '../retention/pin.entity';
import { RestorableTagEntity } from '../retention/restorable-tag.entity';
import { RestoreTagEntity } from '../retention/restore-tag.entity';
import { RetentionItemEntity } from '../retention/retention-item.entity';
import { RetentionPlanEntity } from '../retention/retention-plan.entity';
import { RetentionRunEntity } from '../retention/retention-run.entity';
import { HoldEntity } from '../tagging/hold.entity';
import { LeaseEntity } from '../tagging/lease.entity';
import { JobRunEntity } from './job-run.entity';
import { RegistryCapabilityEntity } from './registry-capability.entity';

/** Every table, so that both connections know all of them. */
export const entities = [
  AuditRecordEntity,
  DeliveryEntity,
  DriftEntity,
  DummyManifestEntity,
  HoldEntity,
  InUseDigestEntity,
  InUseReporterEntity,
  JobRunEntity,
  KnownRepositoryEntity,
  LeaseEntity,
  LifetimeEntity,
  MoveEntity,
  PinEntity,
  RegistryCapabilityEntity,
  ReleaseEntity,
  RestorableTagEntity,
  RestoreTagEntity,
  RetentionItemEntity,
  RetentionPlanEntity,
  RetentionRunEntity,
  UsedTokenEntity,
];
