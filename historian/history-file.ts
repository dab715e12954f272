import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { latestMs } from './chunk.ts';
import type { HistorianLog } from './settings.ts';

/** Where the history of a data directory lies: points on their way, the account, embedded history. */
export function historyPath(dataDir: string): string {
  return join(dataDir, 'history.sqlite');
}

const schemaVersion = 1;

/**
 * `point` is the spool: what is committed and not yet delivered (or, in embedded history, not yet in a chunk).
 * A `chunk` is one minute of one signal; its id is series × 2³² + minute, so that a range of time is a range of ids.
 * `account` has one row, changed in the same transaction as the points that it counts.
 */
const schema = `
  create table series (
    id integer primary key, key text not null unique, measurement text not null, signal text
  ) strict;
  create index series_by_signal on series (signal);
  create table point (
    id integer primary key, series integer not null, at integer not null check (at > 0 and at < ${latestMs}),
    precious integer not null,
    value real, state text, quality integer, fields text
  ) strict;
  create index point_by_series on point (series, at);
  create table chunk (
    id integer primary key, samples integer not null, good integer not null,
    low real, high real, total real, bad integer, points blob not null
  ) strict;
  create table event (id integer primary key, series integer not null, at integer not null, fields text not null) strict;
  create index event_by_time on event (at);
  create table dead_letter (id integer primary key, at integer not null, line text not null, reason text not null) strict;
  create table account (
    id integer primary key check (id = 1), recorded integer not null, delivered integer not null,
    spooled integer not null, dead_lettered integer not null, dropped integer not null,
    spooled_bytes integer not null, run text not null, batch integer not null
  ) strict;
  insert into account values (1, 0, 0, 0, 0, 0, 0, '', 0);
  pragma user_version = ${schemaVersion};
`;

/** SQLite's words for a file that is damaged, or none of its own. */
const damage = new Set([11, 26]);

/**
 * Opens the file for writing. A damaged file is put aside under another name and a new one begun: the machine's history
 * goes on, and what can be saved of the old one is a person's work.
 */
export function openHistoryFile(path: string, log: HistorianLog): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  try {
    return openForWriting(path);
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error && damage.has(Number(error.errcode)))) throw error;
    const aside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
    for (const part of ['', '-wal', '-shm']) if (existsSync(path + part)) renameSync(path + part, aside + part);
    log.error({ err: error, aside }, 'history file is damaged: put aside, a new one begun');
    return openForWriting(path);
  }
}

function openForWriting(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 1_000 });
  try {
    const version = database.prepare('pragma user_version').get()?.['user_version'];
    if (version === 0) database.exec('pragma auto_vacuum = incremental');
    // FULL: a commit is on the disk before it is called one. The log file shrinks back after a burst.
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma journal_size_limit = 16777216');
    if (version === 0) transaction(database, () => database.exec(schema));
    else if (version !== schemaVersion)
      throw new Error(`${path} has schema ${String(version)}, this server knows ${schemaVersion}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** All of `work` or nothing of it. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin immediate');
  try {
    const result = work();
    database.exec('commit');
    return result;
  } catch (error) {
    // SQLite has rolled back by itself when the disk is full.
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}
