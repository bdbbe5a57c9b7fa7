import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { RepositoryName } from '../core/names';
import type { Reach } from '../core/reach';
import { READER } from '../database/data-sources';
import { inReach } from '../database/in-reach';
import { select } from '../database/select';

interface NameRow {
  readonly name: RepositoryName;
}

/** The repositories that Tagward has met, by registry. */
@Injectable()
export class RegistryRepositories {
  constructor(@InjectDataSource(READER) private readonly reader: DataSource) {}

  /** Those of one registry, the last one that was met first; empty when none was. */
  async list(registryId: string, reach: Reach): Promise<readonly RepositoryName[]> {
    const reached = inReach(reach, 'name');
    const rows = await select<NameRow>(
      this.reader,
      // The id of a registry has no character that `like` reads in another way.
      `select name from repositories where name like ? and ${reached.sql}
        order by first_seen_at desc, name`,
      [`${registryId}/%`, ...reached.values],
    );
    return rows.map(({ name }) => name);
  }
}
