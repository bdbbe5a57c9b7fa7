import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller';
import { AuditReadModel } from './audit.read-model';
import { AuditStore } from './audit.store';
import { AuditTrail } from './audit-trail';

@Module({
  controllers: [AuditController],
  providers: [AuditReadModel, AuditStore, AuditTrail],
})
export class AuditModule {}
