import { Module } from '@nestjs/common';
import { HistoryModule } from '../history/history.module';
import { RegistryModule } from '../registry/registry.module';
import { TaggingModule } from '../tagging/tagging.module';
import { Approval } from './approval';
import { DummyDeletion } from './dummy-deletion';
import { InUseController } from './in-use.controller';
import { InUseStore } from './in-use.store';
import { InventoryTaker } from './inventory-taker';
import { KnownLinks } from './known-links';
import { PinStore } from './pin.store';
import { PinsController } from './pins.controller';
import { RecordedMovesStore } from './recorded-moves.store';
import { RegistryPace } from './registry-pace';
import { ReleaseWork } from './release-work';
import { RestorationsController } from './restorations.controller';
import { Restorations } from './restorations';
import { RestoreReleases } from './restore-releases';
import { RestoreTagStore } from './restore-tag.store';
import { RestoreTags } from './restore-tags';
import { RetentionController } from './retention.controller';
import { RetentionEvaluator } from './retention-evaluator';
import { RetentionExecutor } from './retention-executor';
import { RetentionLedger } from './retention-ledger';
import { RetentionPlanStore } from './retention-plan.store';
import { RetentionPlanner } from './retention-planner';
import { RetentionReadModel } from './retention.read-model';
import { RetentionReplays } from './retention-replays';
import { RetentionReplaysController } from './retention-replays.controller';
import { RetentionRunStore } from './retention-run.store';
import { RetentionRunner } from './retention-runner';
import { RetentionSchedule } from './retention-schedule';
import { RetentionSlots } from './retention-slots';
import { RetentionStatusReadModel } from './retention-status.read-model';
import { RunWork } from './run-work';

@Module({
  imports: [HistoryModule, RegistryModule, TaggingModule],
  controllers: [
    InUseController,
    PinsController,
    RestorationsController,
    RetentionController,
    RetentionReplaysController,
  ],
  providers: [
    Approval,
    DummyDeletion,
    InUseStore,
    InventoryTaker,
    KnownLinks,
    PinStore,
    RecordedMovesStore,
    RegistryPace,
    ReleaseWork,
    Restorations,
    RestoreReleases,
    RestoreTagStore,
    RestoreTags,
    RetentionEvaluator,
    RetentionExecutor,
    RetentionLedger,
    RetentionPlanStore,
    RetentionPlanner,
    RetentionReadModel,
    RetentionReplays,
    RetentionRunStore,
    RetentionRunner,
    RetentionSchedule,
    RetentionSlots,
    RetentionStatusReadModel,
    RunWork,
  ],
})
export class RetentionModule {}
