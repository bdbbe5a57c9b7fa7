import { DeliveryEntity } from '../deliveries/delivery.entity';
import { DriftEntity } from '../history/drift.entity';
import { DummyManifestEntity } from '../history/dummy-manifest.entity';
import { KnownRepositoryEntity } from '../history/known-repository.entity';
import { LifetimeEntity } from '../history/lifetime.entity';
import { MoveEntity } from '../history/move.entity';
import { ReleaseEntity } from '../history/release.entity';
import { RetentionItemEntity } from '../retention/retention-item.entity';
import { RetentionPlanEntity } from '../retention/retention-plan.entity';
import { RetentionRunEntity } from '../retention/retention-run.entity';
import { HoldEntity } from '../tagging/hold.entity';
import { LeaseEntity } from '../tagging/lease.entity';
import { JobRunEntity } from './job-run.entity';
import { RegistryCapabilityEntity } from './registry-capability.entity';

/** Every table, so that both connections know all of them. */
export const entities = [
  DeliveryEntity,
  DriftEntity,
  DummyManifestEntity,
  HoldEntity,
  JobRunEntity,
  KnownRepositoryEntity,
  LeaseEntity,
  LifetimeEntity,
  MoveEntity,
  RegistryCapabilityEntity,
  ReleaseEntity,
  RetentionItemEntity,
  RetentionPlanEntity,
  RetentionRunEntity,
];
