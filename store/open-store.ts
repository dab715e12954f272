import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import type { Accounts } from '../operations/ports/accounts.ts';
import type { AuditTrail } from '../operations/ports/audit.ts';
import { StoreUnavailableError } from '../operations/ports/failure.ts';
import type { AlarmJournal, ControlJournal, Counters } from '../operations/ports/journal.ts';
import type { Log } from '../operations/ports/log.ts';
import type { Recipes } from '../operations/ports/recipes.ts';
import type { Sessions } from '../operations/ports/sessions.ts';
import { openAccounts } from './accounts.ts';
import { openAlarmJournal } from './alarm-journal.ts';
import { openAuditTrail } from './audit-trail.ts';
import { openControlJournal } from './control-journal.ts';
import { openCounters } from './counters.ts';
import { Database } from './database.ts';
import { entities } from './entities.ts';
import { AlarmStation1764100000000 } from './migrations/alarm-station.ts';
import { FirstTables1763900000000 } from './migrations/first-tables.ts';
import { Recipes1764200000000 } from './migrations/recipes.ts';
import { NodeSqlite } from './node-sqlite.ts';
import { openRecipes } from './recipes.ts';
import { seedAccounts, type FirstAccounts, type FirstLogin } from './seed-accounts.ts';
import { openSessions } from './sessions.ts';

export interface StoreOptions {
  /** `postgres://…`; null: the embedded SQLite file in the data directory. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly log: Log;
  /** ms since 1970, UTC. */
  readonly now?: () => number;
}

/** The relational records of the plant: who may do what, who did what, and what happened. */
export interface Store {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly audit: AuditTrail;
  readonly alarmJournal: AlarmJournal;
  readonly controlJournal: ControlJournal;
  readonly counters: Counters;
  readonly recipes: Recipes;
  /** Makes the accounts that are missing; returns their passwords this once. */
  seedAccounts(first: FirstAccounts): Promise<readonly FirstLogin[]>;
  /** What is wrong with the storage now; null when it is usable. */
  complaint(): Promise<string | null>;
  /** Lets the waiting writes through, then closes. */
  close(): Promise<void>;
}

export const migrations = [FirstTables1763900000000, AlarmStation1764100000000, Recipes1764200000000];

/** @throws StoreUnavailableError when the database cannot be opened or brought to the present form */
export async function openStore(options: StoreOptions): Promise<Store> {
  const now = options.now ?? Date.now;
  const database = await openDatabase(options);
  return {
    accounts: openAccounts(database, now),
    sessions: openSessions(database),
    audit: openAuditTrail(database),
    alarmJournal: openAlarmJournal(database),
    controlJournal: openControlJournal(database),
    counters: openCounters(database),
    recipes: openRecipes(database),
    seedAccounts: async (first) => seedAccounts(database, now(), first),
    complaint: async () => database.complaint(),
    close: async () => database.close(),
  };
}

async function openDatabase({ databaseUrl, dataDir, log }: StoreOptions): Promise<Database> {
  const where = databaseUrl === null ? join(dataDir, 'tvemicro.db') : withoutPassword(databaseUrl);
  try {
    const database = await (databaseUrl === null ? openEmbedded(dataDir, where) : openPostgres(databaseUrl, log));
    log.info({ database: where }, 'records are open');
    return database;
  } catch (cause) {
    throw new StoreUnavailableError(`The database ${where} cannot be opened: ${String(cause)}`, { cause });
  }
}

async function openEmbedded(dataDir: string, path: string): Promise<Database> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Password digests and session digests are in it: nobody but the server's own user reads the file.
  closeSync(openSync(path, 'a', 0o600));
  const shared = { type: 'better-sqlite3', driver: NodeSqlite, database: path, entities } as const;
  const writer = new DataSource({
    ...shared,
    migrations,
    migrationsTransactionMode: 'all',
    enableWAL: true,
    // A commit that was reported survives a power cut: WAL alone syncs only at checkpoints.
    prepareDatabase: (connection: NodeSqlite) => {
      connection.pragma('synchronous = FULL');
    },
  });
  await writer.initialize();
  try {
    await writer.runMigrations();
    return new Database(writer, await new DataSource({ ...shared, readonly: true }).initialize());
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}

async function openPostgres(url: string, log: Log): Promise<Database> {
  const source = new DataSource({
    type: 'postgres',
    url,
    entities,
    migrations,
    migrationsTransactionMode: 'all',
    applicationName: 'tvemicro',
    poolSize: 8,
    connectTimeoutMS: 5_000,
    poolErrorHandler: (error: unknown) => {
      log.warn({ error: String(error) }, 'a connection to the database broke; the next use opens another');
    },
    // The first bounds the statement at the server, the second the wait for a server that went silent; in ms.
    extra: { statement_timeout: 10_000, query_timeout: 12_000, keepAlive: true },
  });
  await source.initialize();
  try {
    await source.runMigrations();
    return new Database(source, source);
  } catch (error) {
    await source.destroy();
    throw error;
  }
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return 'at the configured URL (which is none)';
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
}
