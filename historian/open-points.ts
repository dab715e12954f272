import type { DatabaseSync } from 'node:sqlite';
import type { StoredPoint } from './chunk.ts';

/** The series of one signal: more than one when its unit was changed. */
export function seriesOfSignal(database: DatabaseSync, signal: string): readonly number[] {
  return database
    .prepare('select id from series where signal = ? order by id')
    .all(signal)
    .map(({ id }) => Number(id));
}

/** Committed points that are still in the spool, in the order in which they were recorded. */
export function openPoints(
  database: DatabaseSync,
  signal: string,
  fromMs: number,
  toMs: number,
): readonly StoredPoint[] {
  return database
    .prepare(
      `select p.at as atMs, p.value, p.state, p.quality from series s join point p on p.series = s.id
       where s.signal = ? and p.at >= ? and p.at < ? order by p.id`,
    )
    .all(signal, fromMs, toMs) as unknown as StoredPoint[];
}
