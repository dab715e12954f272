import type { DatabaseSync } from 'node:sqlite';
import { accountOf, rowBytes } from './account.ts';
import { chunkId, inOrder, minuteMs, minuteOf, packPoints, summaryOf, unpackPoints } from './chunk.ts';
import { transaction } from './history-file.ts';

/** History in the data directory: the spool's points become chunks of a minute, and chunks grow old. */
export interface EmbeddedStore {
  /**
   * Notes what is to be taken into chunks: the minutes before, and what has lain here for two calls whatever its time
   * (the clock was set back).
   */
  begin(beforeMs: number): void;
  /** Takes some of it, in one short transaction; false when nothing is left to take. */
  compact(): boolean;
  /** Deletes the minutes before. */
  forget(beforeMs: number): void;
}

interface Group {
  readonly series: number;
  readonly minute: number;
  readonly isSignal: boolean;
}

/** Points per transaction: some 50 ms of work, so that commits of new points are not kept waiting. */
const portion = 10_000;

export function embeddedStore(database: DatabaseSync): EmbeddedStore {
  const due = database.prepare(`
    select p.series, p.at / ${minuteMs} as minute, s.signal is not null as is_signal
    from point p join series s on s.id = p.series
    where p.at < ? or p.id <= ? group by p.series, minute order by minute desc`);
  const newestId = database.prepare('select coalesce(max(id), 0) as id from point');
  const inMinute = 'from point where series = ? and at between ? and ?';
  const samples = database.prepare(`select at, value, state, quality ${inMinute} order by id`);
  const weigh = database.prepare(`select count(*) as n, coalesce(sum(${rowBytes}), 0) as bytes ${inMinute}`);
  const remove = database.prepare(`delete ${inMinute}`);
  const stored = database.prepare('select points from chunk where id = ?');
  const saveChunk = database.prepare('insert or replace into chunk values (?, ?, ?, ?, ?, ?, ?, ?)');
  const saveEvents = database.prepare(
    `insert into event (series, at, fields) select series, at, fields ${inMinute} order by id`,
  );
  const allSeries = database.prepare('select id from series');
  const forgetChunks = database.prepare('delete from chunk where id between ? and ?');
  const forgetEvents = database.prepare('delete from event where at < ?');
  const count = accountOf(database);
  /** The newest rows at the last call of `begin` and at the one before. */
  let older = 0;
  let newer = 0;
  let groups: Group[] = [];

  function take({ series, minute, isSignal }: Group): number {
    const range = [series, minute * minuteMs, (minute + 1) * minuteMs - 1] as const;
    const { n, bytes } = weigh.get(...range) as { n: number; bytes: number };
    if (isSignal) {
      const id = chunkId(series, minute);
      const before = stored.get(id)?.['points'] as Uint8Array | undefined;
      const points = inOrder([
        ...(before === undefined ? [] : unpackPoints(minute, before)),
        ...samples.all(...range).map((row) => ({
          atMs: Number(row['at']),
          value: row['value'] as number | null,
          state: row['state'] as string | null,
          quality: Number(row['quality']),
        })),
      ]);
      const { samples: all, good, low, high, total, bad } = summaryOf(points);
      saveChunk.run(id, all, good, low, high, total, bad, packPoints(minute, points));
    } else {
      saveEvents.run(...range);
    }
    remove.run(...range);
    count({ delivered: n, spooled: -n, spooledBytes: -bytes });
    return n;
  }

  return {
    begin(beforeMs) {
      groups = due.all(minuteOf(beforeMs) * minuteMs, older).map((row) => ({
        series: Number(row['series']),
        minute: Number(row['minute']),
        isSignal: row['is_signal'] === 1,
      }));
      older = newer;
      newer = Number(newestId.get()?.['id']);
    },
    compact() {
      if (groups.length === 0) return false;
      const left = [...groups];
      transaction(database, () => {
        for (let taken = 0; taken < portion;) {
          const group = left.pop();
          if (group === undefined) break;
          taken += take(group);
        }
      });
      groups = left;
      return true;
    },
    forget(beforeMs) {
      const minute = minuteOf(beforeMs);
      transaction(database, () => {
        for (const { id } of allSeries.all()) forgetChunks.run(chunkId(Number(id), 0), chunkId(Number(id), minute - 1));
        forgetEvents.run(beforeMs);
      });
    },
  };
}
