import { Global, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { SETTINGS, type Settings } from '../config/settings';
import { openReader, openWriter, READER, readerOptions, writerOptions } from './data-sources';
import { CapabilityMemory } from '../runtime/capability-memory';
import { CapabilityStore } from './capability.store';
import { DatabaseReadiness } from './database-readiness';
import { JobRunStore } from './job-run.store';
import { UnitOfWork } from './unit-of-work';

/** A fault of the database is no matter of waiting: the start fails at once and says why. */
const NO_RETRY = { retryAttempts: 0, toRetry: () => false };

@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: (settings: Settings) => ({ ...writerOptions(settings.database), ...NO_RETRY }),
      dataSourceFactory: (options) => openWriter(required(options)),
    }),
    TypeOrmModule.forRootAsync({
      name: READER,
      // The writer makes the file and its tables, so it comes first.
      inject: [SETTINGS, getDataSourceToken()],
      useFactory: (settings: Settings) => ({
        ...readerOptions(settings.database),
        ...NO_RETRY,
        name: READER,
      }),
      dataSourceFactory: (options) => openReader(required(options)),
    }),
  ],
  providers: [
    DatabaseReadiness,
    UnitOfWork,
    JobRunStore,
    { provide: CapabilityMemory, useClass: CapabilityStore },
  ],
  exports: [CapabilityMemory, JobRunStore, UnitOfWork],
})
export class DatabaseModule {}

function required(options: DataSourceOptions | undefined): DataSourceOptions {
  if (options === undefined) throw new Error('the data source has no options');
  return options;
}
