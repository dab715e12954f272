import type { QueryRunner } from 'typeorm';

export const isPostgres = (runner: QueryRunner): boolean => runner.dataSource.options.type === 'postgres';

/** Lets the database itself refuse to change or delete rows, whoever holds the connection. */
export async function refuseChanges(runner: QueryRunner, table: string): Promise<void> {
  if (isPostgres(runner)) {
    await runner.query(
      `CREATE TRIGGER "${table}_append_only" BEFORE UPDATE OR DELETE ON "${table}" FOR EACH ROW EXECUTE FUNCTION "refuse_change"()`,
    );
    await runner.query(
      `CREATE TRIGGER "${table}_keep" BEFORE TRUNCATE ON "${table}" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"()`,
    );
    return;
  }
  for (const change of ['UPDATE', 'DELETE']) {
    await runner.query(
      `CREATE TRIGGER "${table}_no_${change.toLowerCase()}" BEFORE ${change} ON "${table}" BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
    );
  }
}
