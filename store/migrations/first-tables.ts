import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';
import { isPostgres, refuseChanges } from './append-only.ts';

const text = (name: string): TableColumnOptions => ({ name, type: 'text' });
const optionalText = (name: string): TableColumnOptions => ({ name, type: 'text', isNullable: true });
const word = (name: string, length: number): TableColumnOptions => ({ name, type: 'varchar', length: `${length}` });
const whole = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
const optionalWhole = (name: string): TableColumnOptions => ({ name, type: 'bigint', isNullable: true });
const truth = (name: string): TableColumnOptions => ({ name, type: 'boolean' });
const counted: TableColumnOptions = {
  name: 'id',
  type: 'integer',
  isPrimary: true,
  isGenerated: true,
  generationStrategy: 'increment',
};

const account = new Table({
  name: 'account',
  columns: [
    counted,
    text('username'),
    word('username_key', 128),
    word('role', 16),
    text('password_hash'),
    word('password_origin', 16),
    truth('must_change_password'),
    truth('disabled'),
    optionalText('site'),
    whole('created_at_ms'),
    whole('password_changed_at_ms'),
    optionalWhole('last_sign_in_at_ms'),
  ],
  indices: [{ name: 'account_username_key', columnNames: ['username_key'], isUnique: true }],
});

const session = new Table({
  name: 'session',
  columns: [
    { ...word('token_hash', 64), isPrimary: true },
    word('csrf_token', 64),
    { name: 'account_id', type: 'integer' },
    whole('created_at_ms'),
    whole('last_seen_at_ms'),
    whole('expires_at_ms'),
    text('address'),
  ],
  foreignKeys: [
    {
      name: 'session_account',
      columnNames: ['account_id'],
      referencedTableName: 'account',
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
  ],
  indices: [{ name: 'session_account_id', columnNames: ['account_id'] }],
});

const audit = new Table({
  name: 'audit',
  columns: [
    { ...whole('seq'), isPrimary: true },
    whole('at_ms'),
    text('actor'),
    { ...word('role', 16), isNullable: true },
    word('kind', 16),
    word('origin', 16),
    optionalText('station'),
    text('action'),
    text('args'),
    text('value_before'),
    text('value_after'),
    optionalText('reason'),
    word('result', 16),
    text('reasons'),
    optionalWhole('control_seq'),
    word('previous_hash', 64),
    word('hash', 64),
  ],
  indices: [
    { name: 'audit_at', columnNames: ['at_ms'] },
    { name: 'audit_actor', columnNames: ['actor', 'seq'] },
    { name: 'audit_control', columnNames: ['control_seq', 'at_ms'], isUnique: true },
  ],
});

const alarmJournal = new Table({
  name: 'alarm_journal',
  columns: [
    counted,
    optionalWhole('control_seq'),
    whole('at_ms'),
    text('alarm'),
    text('occurrence_id'),
    word('transition', 32),
    { name: 'priority', type: 'integer' },
    optionalText('actor'),
    optionalText('comment'),
    text('occurrence'),
  ],
  indices: [
    { name: 'alarm_journal_control', columnNames: ['control_seq', 'at_ms'], isUnique: true },
    { name: 'alarm_journal_at', columnNames: ['at_ms'] },
    { name: 'alarm_journal_alarm', columnNames: ['alarm', 'id'] },
  ],
});

const stateChange = new Table({
  name: 'state_change',
  columns: [counted, whole('control_seq'), whole('at_ms'), word('from_state', 16), word('to_state', 16)],
  indices: [
    { name: 'state_change_control', columnNames: ['control_seq', 'at_ms'], isUnique: true },
    { name: 'state_change_at', columnNames: ['at_ms'] },
  ],
});

const cycle = new Table({
  name: 'cycle',
  columns: [
    counted,
    whole('control_seq'),
    whole('at_ms'),
    text('started_by'),
    word('started_by_kind', 16),
    whole('started_at_ms'),
    whole('ended_at_ms'),
  ],
  indices: [
    { name: 'cycle_control', columnNames: ['control_seq', 'at_ms'], isUnique: true },
    { name: 'cycle_ended', columnNames: ['ended_at_ms'] },
  ],
});

const counter = new Table({
  name: 'counter',
  columns: [{ ...word('name', 128), isPrimary: true }, { name: 'value', type: 'double precision' }, whole('at_ms')],
});

const tables = [account, session, audit, alarmJournal, stateChange, cycle, counter];

/** Records that nothing may edit. The database itself refuses, whoever holds the connection. */
const appendOnly = ['audit', 'alarm_journal', 'state_change', 'cycle'];

/** Accounts, sessions, the audit, the alarm journal and the machine's counters. */
export class FirstTables1763900000000 implements MigrationInterface {
  readonly name = 'FirstTables1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.createTable(table, false, true, true);
    if (isPostgres(runner)) {
      await runner.query(
        `CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$`,
      );
    }
    for (const table of appendOnly) await refuseChanges(runner, table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables.toReversed()) await runner.dropTable(table);
    if (isPostgres(runner)) await runner.query('DROP FUNCTION "refuse_change"()');
  }
}
