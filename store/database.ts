import { AssertionError } from 'node:assert';
import { QueryFailedError, type DataSource, type EntityManager } from 'typeorm';
import { StoreUnavailableError } from '../operations/ports/failure.ts';
import { counterEntity } from './entities.ts';

/** Most writes that wait; more than this says that the disk or the database has stopped. */
const waitingLimit = 1_000;

/**
 * The one way into the database. Writes go one after the other, each a transaction: TypeORM's SQLite driver has a single
 * query runner per data source, on which two transactions at once interleave and a row that was reported stored is lost.
 * Reads go through a data source of their own, which sees nothing uncommitted.
 */
export class Database {
  readonly isPostgres: boolean;
  readonly #writer: DataSource;
  readonly #reader: DataSource;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #lastFailure: string | null = null;

  constructor(writer: DataSource, reader: DataSource) {
    this.#writer = writer;
    this.#reader = reader;
    this.isPostgres = writer.options.type === 'postgres';
  }

  /** Runs `work` as one transaction after all that was asked before it. Resolved means committed to disk. */
  async write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (this.#waiting >= waitingLimit) {
      throw new StoreUnavailableError(`${this.#waiting} writes are waiting for the database already`);
    }
    this.#waiting++;
    const turn = this.#tail.then(async () => this.#transact(work));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async #transact<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      const result = await this.#writer.transaction(work);
      this.#lastFailure = null;
      return result;
    } catch (error) {
      const failure = asStoreFailure(error);
      if (failure instanceof StoreUnavailableError && !isUniqueViolation(error)) this.#lastFailure = String(error);
      throw failure;
    } finally {
      this.#waiting--;
    }
  }

  async read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await work(this.#reader.manager);
    } catch (error) {
      throw asStoreFailure(error);
    }
  }

  /** What is wrong with the database now, or null: it answers, and the last write came through, or another does now. */
  async complaint(): Promise<string | null> {
    try {
      await this.read(async (manager) => manager.query('SELECT 1'));
      if (this.#lastFailure !== null) await this.write(leaveNoTrace);
      return null;
    } catch (error) {
      const cause = error instanceof StoreUnavailableError ? (error.cause ?? error) : error;
      return String(cause);
    }
  }

  /** Lets the waiting writes through, then closes. */
  async close(): Promise<void> {
    await this.#tail;
    for (const source of new Set([this.#reader, this.#writer])) {
      if (source.isInitialized) await source.destroy();
    }
  }
}

/** A write that has to reach the disk and leaves nothing behind. */
async function leaveNoTrace(manager: EntityManager): Promise<void> {
  await manager.insert(counterEntity, { name: 'probe', value: 0, atMs: 0 });
  await manager.delete(counterEntity, { name: 'probe' });
}

/** Our own mistakes stay what they are; everything else is the world's and may pass. */
function asStoreFailure(error: unknown): unknown {
  if (error instanceof StoreUnavailableError || error instanceof TypeError) return error;
  if (error instanceof RangeError || error instanceof AssertionError) return error;
  return new StoreUnavailableError('The database did not carry out what it was asked', { cause: error });
}

/** Whether a row of the same key exists already: TypeORM has no error class for it, the databases have a code each. */
export function isUniqueViolation(error: unknown): boolean {
  const cause = error instanceof StoreUnavailableError ? error.cause : error;
  if (!(cause instanceof QueryFailedError)) return false;
  const { code } = cause.driverError as { code?: string };
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === '23505';
}

/** Text that both databases take: PostgreSQL refuses NUL, and a lone surrogate has no UTF-8. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
