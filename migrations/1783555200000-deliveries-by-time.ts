import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the deliveries of a span of time without reading all. */
export class DeliveriesByTime1783555200000 implements MigrationInterface {
  readonly name = 'DeliveriesByTime1783555200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`create index deliveries_received on deliveries (received_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop index deliveries_received`);
  }
}
