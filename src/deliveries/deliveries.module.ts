import { Module } from '@nestjs/common';
import { TaggingModule } from '../tagging/tagging.module';
import { Backlog } from './backlog';
import { BodyAge } from './body-age';
import { DeliveriesController } from './deliveries.controller';
import { DeliveryReadModel } from './delivery.read-model';
import { DeliveryUpkeepStore } from './delivery-upkeep.store';
import { GroupedCommits } from './grouped-commits';
import { InboxModule } from './inbox.module';
import { Intake } from './intake';
import { Replays } from './replays';
import { SourceActivity } from './source-activity';
import { SourceOverview } from './source-overview';
import { SourceReadModel } from './source.read-model';
import { SourcesController } from './sources.controller';
import { RemoteProofs } from './sources/remote-proofs';
import { SnsEndpoints } from './sources/sns-endpoints';
import { Sources } from './sources/sources';
import { UsedTokenStore } from './used-token.store';
import { WebhooksController } from './webhooks.controller';

@Module({
  imports: [InboxModule, TaggingModule],
  controllers: [DeliveriesController, SourcesController, WebhooksController],
  providers: [
    Backlog,
    BodyAge,
    DeliveryUpkeepStore,
    DeliveryReadModel,
    GroupedCommits,
    Intake,
    RemoteProofs,
    Replays,
    SnsEndpoints,
    SourceActivity,
    SourceOverview,
    SourceReadModel,
    Sources,
    UsedTokenStore,
  ],
})
export class DeliveriesModule {}
