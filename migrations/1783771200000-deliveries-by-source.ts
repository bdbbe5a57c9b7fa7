import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Says of each source when it was last heard of and what went wrong, without reading all. */
export class DeliveriesBySource1783771200000 implements MigrationInterface {
  readonly name = 'DeliveriesBySource1783771200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `create index deliveries_by_source on deliveries (source, received_at)`,
      `create index deliveries_failed on deliveries (source, received_at)
        where status = 'dead'
          or (error like '{"code":"event-invalid"%' or error like '{"code":"tag-invalid"%')`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop index deliveries_failed`);
    await queryRunner.query(`drop index deliveries_by_source`);
  }
}
