import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the deliveries of a span of time and counts those that wait without reading all. */
export class DeliveriesByTime1783555200000 implements MigrationInterface {
  readonly name = 'DeliveriesByTime1783555200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`create index deliveries_received on deliveries (received_at)`);
    await queryRunner.query(
      `create index deliveries_waiting on deliveries (source) where status = 'pending'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop index deliveries_waiting`);
    await queryRunner.query(`drop index deliveries_received`);
  }
}
