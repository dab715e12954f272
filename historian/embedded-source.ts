import type { DatabaseSync } from 'node:sqlite';
import type { Intervals } from './aggregate.ts';
import type { PointSource } from './answer.ts';
import {
  chunkId,
  inOrder,
  minuteMs,
  minuteOf,
  summaryOf,
  unpackPoints,
  type ChunkSummary,
  type StoredPoint,
} from './chunk.ts';
import { openPoints, seriesOfSignal } from './open-points.ts';
import type { SummaryFold } from './summary.ts';

interface Minute {
  readonly minute: number;
  /** Usually one; two when the signal's unit was changed in this minute. */
  readonly chunks: readonly StoredChunk[];
  /** Points that are not in a chunk yet. */
  readonly open: readonly StoredPoint[];
}

type StoredChunk = ChunkSummary & { readonly id: number };

/** Reads the embedded history. Each call sees the file as of one instant, so that no point is between spool and chunk. */
export function embeddedSource(database: DatabaseSync): PointSource {
  const packed = database.prepare('select points from chunk where id = ?');

  function snapshot<T>(read: () => T): T {
    database.exec('begin');
    try {
      return read();
    } finally {
      database.exec('commit');
    }
  }

  function minutesOf(signal: string, fromMs: number, toMs: number): readonly Minute[] {
    const chunks = Map.groupBy(storedChunks(database, signal, fromMs, toMs), ({ id }) => id % 2 ** 32);
    const open = Map.groupBy(openPoints(database, signal, fromMs, toMs), ({ atMs }) => minuteOf(atMs));
    return [...new Set([...chunks.keys(), ...open.keys()])]
      .toSorted((a, b) => a - b)
      .map((minute) => ({ minute, chunks: chunks.get(minute) ?? [], open: open.get(minute) ?? [] }));
  }

  function pointsOf({ minute, chunks, open }: Minute, fromMs: number, toMs: number): readonly StoredPoint[] {
    const stored = chunks.flatMap(({ id }) => unpackPoints(minute, packed.get(id)?.['points'] as Uint8Array));
    return inOrder([...stored, ...open]).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  return {
    async pages({ signal, fromMs, toMs }, take) {
      snapshot(() => {
        for (const minute of minutesOf(signal, fromMs, toMs)) {
          if (take(pointsOf(minute, fromMs, toMs)) === 'enough') break;
        }
      });
    },
    async summaries(signal, _shape, intervals, fold) {
      const { fromMs, toMs } = intervals;
      snapshot(() => {
        for (const minute of minutesOf(signal, fromMs, toMs)) {
          const [only, ...others] = minute.chunks;
          if (
            only !== undefined &&
            others.length === 0 &&
            minute.open.length === 0 &&
            isWithin(minute.minute, intervals)
          ) {
            fold.add(minute.minute * minuteMs, only);
          } else {
            addPoints(fold, intervals, pointsOf(minute, fromMs, toMs));
          }
        }
      });
    },
  };
}

/** Whether the whole minute lies in one interval. */
function isWithin(minute: number, { fromMs, toMs, widthMs }: Intervals): boolean {
  const beginMs = minute * minuteMs;
  const lastMs = beginMs + minuteMs - 1;
  return (
    beginMs >= fromMs &&
    lastMs < toMs &&
    Math.floor((beginMs - fromMs) / widthMs) === Math.floor((lastMs - fromMs) / widthMs)
  );
}

/** Adds points, which are in order, summed up by the interval that they lie in. */
export function addPoints(fold: SummaryFold, { fromMs, widthMs }: Intervals, points: readonly StoredPoint[]): void {
  const groups = Map.groupBy(points, ({ atMs }) => Math.floor((atMs - fromMs) / widthMs));
  for (const [i, group] of groups) fold.add(fromMs + i * widthMs, summaryOf(group));
}

function storedChunks(database: DatabaseSync, signal: string, fromMs: number, toMs: number): readonly StoredChunk[] {
  const select = database.prepare(
    'select id, samples, good, low, high, total, bad from chunk where id between ? and ? order by id',
  );
  return seriesOfSignal(database, signal).flatMap(
    (series) =>
      select.all(chunkId(series, minuteOf(fromMs)), chunkId(series, minuteOf(toMs - 1))) as unknown as StoredChunk[],
  );
}
