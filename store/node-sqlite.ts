import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

interface Options {
  readonly readonly?: boolean;
  /** How long to wait for another connection's lock, in ms. */
  readonly timeout?: number;
}

/** SQLite's extended result codes by the names that better-sqlite3 gives them. */
const codeNames: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  13: 'SQLITE_FULL',
  19: 'SQLITE_CONSTRAINT',
  275: 'SQLITE_CONSTRAINT_CHECK',
  787: 'SQLITE_CONSTRAINT_FOREIGNKEY',
  1299: 'SQLITE_CONSTRAINT_NOTNULL',
  1555: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  1811: 'SQLITE_CONSTRAINT_TRIGGER',
  2067: 'SQLITE_CONSTRAINT_UNIQUE',
};

function withCodeNames<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number') {
      Object.assign(error, { code: codeNames[error.errcode] ?? `SQLITE_${error.errcode}` });
    }
    throw error;
  }
}

/** node:sqlite would take a plain object (a Date is one) for named parameters, without an error and with shifted values. */
function bindable(value: unknown): SQLInputValue {
  if (value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    throw new TypeError('An object cannot be bound to an SQL parameter');
  }
  return value as SQLInputValue;
}

class Statement {
  /** Whether it gives rows: a query, a pragma or an insert that returns. */
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(...parameters: unknown[]): unknown[] {
    return withCodeNames(() => this.#statement.all(...parameters.map(bindable)).map((row) => ({ ...row })));
  }

  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return withCodeNames(() => this.#statement.run(...parameters.map(bindable)));
  }
}

/** Node's own SQLite in the shape of better-sqlite3, as far as TypeORM's driver of that name calls it. */
export class NodeSqlite {
  readonly #database: DatabaseSync;

  constructor(path: string, options: Options = {}) {
    this.#database = new DatabaseSync(path, {
      readOnly: options.readonly ?? false,
      timeout: options.timeout ?? 5_000,
      enableForeignKeyConstraints: true,
    });
  }

  prepare(sql: string): Statement {
    return withCodeNames(() => new Statement(this.#database.prepare(sql)));
  }

  pragma(pragma: string): unknown[] {
    return this.prepare(`PRAGMA ${pragma}`).all();
  }

  exec(sql: string): void {
    withCodeNames(() => {
      this.#database.exec(sql);
    });
  }

  close(): void {
    this.#database.close();
  }
}
