import { Module } from '@nestjs/common';
import { DriftStore } from './drift.store';
import { DummyJournal } from './dummy-journal.store';
import { EndedLifetimesStore } from './ended-lifetimes.store';
import { KnownRepositoryStore } from './known-repository.store';
import { LifetimeStore } from './lifetime.store';
import { MoveReadModel } from './move.read-model';
import { MoveStore } from './move.store';
import { MovesController } from './moves.controller';
import { ReleaseStore } from './release.store';
import { RepositoriesController } from './repositories.controller';
import { RepositoryReadModel } from './repository.read-model';
import { TagReadModel } from './tag.read-model';
import { TagsController } from './tags.controller';
import { TimelineReadModel } from './timeline.read-model';

const stores = [
  DriftStore,
  DummyJournal,
  EndedLifetimesStore,
  KnownRepositoryStore,
  LifetimeStore,
  MoveStore,
  ReleaseStore,
];

@Module({
  controllers: [MovesController, RepositoriesController, TagsController],
  providers: [...stores, MoveReadModel, RepositoryReadModel, TagReadModel, TimelineReadModel],
  exports: [...stores, RepositoryReadModel],
})
export class HistoryModule {}
