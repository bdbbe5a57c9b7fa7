import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { RepositoryName } from '../core/names';
import { READER } from '../database/data-sources';
import { select } from '../database/select';

interface NameRow {
  readonly name: RepositoryName;
}

/** The repositories that Tagward has met, by registry. */
@Injectable()
export class RegistryRepositories {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Those of one registry, the last one that was met first; empty when none was. */
  async list(registryId: string): Promise<readonly RepositoryName[]> {
    const rows = await select<NameRow>(
      this.reader,
      // The id of a registry has no character that `like` reads in another way.
      `select name from repositories where name like ? order by first_seen_at desc, name`,
      [`${registryId}/%`],
    );
    return rows.map(({ name }) => name);
  }
}
