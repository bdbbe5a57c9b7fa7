import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import {
  type CapabilityFinding,
  CapabilityMemory,
  type ProvenRegistry,
} from '../runtime/capability-memory';
import { bulkInsert } from './bulk-insert';
import { READER } from './data-sources';
import { RegistryCapabilityEntity } from './registry-capability.entity';
import { UnitOfWork } from './unit-of-work';

/** Keeps findings about registries in the database. */
@Injectable()
export class CapabilityStore extends CapabilityMemory {
  constructor(
    @InjectDataSource(READER) private readonly reader: DataSource,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
  }

  override async recall({ id, url }: ProvenRegistry): Promise<readonly CapabilityFinding[]> {
    return this.reader.manager.find(RegistryCapabilityEntity, { where: { registry: id, url } });
  }

  override async remember(
    { id, url }: ProvenRegistry,
    { capability, value, provenAt }: CapabilityFinding,
  ): Promise<void> {
    await this.unitOfWork.runStatement((transaction) =>
      bulkInsert(transaction, {
        table: 'registry_capabilities',
        columns: ['registry', 'capability', 'url', 'value', 'proven_at'],
        rows: [[id, capability, url, value, provenAt]],
        onConflict: `(registry, capability) do update set
          url = excluded.url, value = excluded.value, proven_at = excluded.proven_at`,
        returning: ['capability'],
      }),
    );
  }
}
