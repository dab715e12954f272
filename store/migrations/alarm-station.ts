import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Where an acknowledgement or a shelf came from. In SQL: TypeORM would copy the table on SQLite, and with it lose the
 * triggers that keep the journal from being edited.
 */
export class AlarmStation1764100000000 implements MigrationInterface {
  readonly name = 'AlarmStation1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "alarm_journal" ADD COLUMN "station" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "alarm_journal" DROP COLUMN "station"');
  }
}
