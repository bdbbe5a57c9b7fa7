import { Module } from '@nestjs/common';
import { HistoryModule } from '../history/history.module';
import { RegistryModule } from '../registry/registry.module';
import { TaggingModule } from '../tagging/tagging.module';
import { DummyDeletion } from './dummy-deletion';
import { InventoryTaker } from './inventory-taker';
import { RetentionController } from './retention.controller';
import { RetentionExecutor } from './retention-executor';
import { RetentionLedger } from './retention-ledger';
import { RetentionPlanner } from './retention-planner';
import { RetentionReadModel } from './retention.read-model';
import { RetentionRunner } from './retention-runner';
import { RetentionSchedule } from './retention-schedule';
import { RetentionStore } from './retention.store';

@Module({
  imports: [HistoryModule, RegistryModule, TaggingModule],
  controllers: [RetentionController],
  providers: [
    DummyDeletion,
    InventoryTaker,
    RetentionExecutor,
    RetentionLedger,
    RetentionPlanner,
    RetentionReadModel,
    RetentionRunner,
    RetentionSchedule,
    RetentionStore,
  ],
})
export class RetentionModule {}
