import { Global, Module } from '@nestjs/common';
import { Inbox } from '../tagging/inbox';
import { DeliveryStore } from './delivery.store';

/** Gives the reconciler the stored events without an import of this room (ADR 0005). */
@Global()
@Module({
  providers: [DeliveryStore, { provide: Inbox, useExisting: DeliveryStore }],
  exports: [DeliveryStore, Inbox],
})
export class InboxModule {}
