import { Module } from '@nestjs/common';
import { HistoryModule } from '../history/history.module';
import { RegistryRepositories } from '../history/registry-repositories.read-model';
import { RegistryModule } from '../registry/registry.module';
import { Backtests } from './backtests';
import { BacktestsController } from './backtests.controller';
import { Diagnoses } from './diagnoses';
import { HoldStore } from './hold.store';
import { ImportPreview } from './import-preview';
import { ImportsController } from './imports.controller';
import { InProcessQueue } from './in-process-queue';
import { IntentSettler } from './intent-settler';
import { Interventions } from './interventions';
import { InterventionsController } from './interventions.controller';
import { RepositoryLease } from './lease';
import { LeaseStore } from './lease.store';
import { LedgerReader } from './ledger-reader';
import { LedgerWriter } from './ledger-writer';
import { LostPushes } from './lost-pushes';
import { MoveWriter } from './move-writer';
import { Observer } from './observer';
import { OwnMoves } from './own-moves';
import { PlanPreview } from './plan-preview';
import { Planner } from './planner';
import { PlatformReader } from './platform-reader';
import { PlansController } from './plans.controller';
import { ReconcileQueue } from './reconcile-queue';
import { ReconcileWorker } from './reconcile-worker';
import { Reconciler } from './reconciler';
import { ReconciliationsController } from './reconciliations.controller';
import { RegistriesController } from './registries.controller';
import { Rollbacks } from './rollbacks';
import { Sweep } from './sweep';

@Module({
  imports: [HistoryModule, RegistryModule],
  controllers: [
    BacktestsController,
    ImportsController,
    InterventionsController,
    PlansController,
    ReconciliationsController,
    RegistriesController,
  ],
  providers: [
    Backtests,
    Diagnoses,
    HoldStore,
    ImportPreview,
    IntentSettler,
    Interventions,
    LeaseStore,
    LedgerReader,
    LedgerWriter,
    MoveWriter,
    LostPushes,
    Observer,
    OwnMoves,
    PlanPreview,
    Planner,
    PlatformReader,
    ReconcileWorker,
    Reconciler,
    RegistryRepositories,
    RepositoryLease,
    Rollbacks,
    Sweep,
    { provide: ReconcileQueue, useClass: InProcessQueue },
  ],
  exports: [OwnMoves, ReconcileQueue, RepositoryLease],
})
export class TaggingModule {}
