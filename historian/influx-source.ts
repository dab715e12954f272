import { qualityCodes } from '../machine/quality.ts';
import type { Intervals, SampleShape } from './aggregate.ts';
import type { PointSource, Span } from './answer.ts';
import { inOrder, type StoredPoint } from './chunk.ts';
import { addPoints } from './embedded-source.ts';
import { StoreRefusedError, type InfluxRow } from './influx-answer.ts';
import type { InfluxStore } from './influx-store.ts';
import type { SummaryFold } from './summary.ts';

export interface InfluxSourceOptions {
  /** Points per request; 50,000 are some 5 MB of JSON. */
  readonly pageRows?: number;
  readonly store: InfluxStore;
  readonly site: string;
  readonly machine: string;
  /** What is committed here and may not have reached InfluxDB yet, in the order in which it was recorded. */
  readonly held: (signal: string, fromMs: number, toMs: number) => readonly StoredPoint[];
}

/**
 * Reads from InfluxDB by InfluxQL, together with what is still held here. Held points are read first: one that is
 * delivered in between is then seen twice, which is mended by its time, and never not at all.
 */
export function influxSource({ store, site, machine, held, pageRows = 50_000 }: InfluxSourceOptions): PointSource {
  const place = `site = ${text(site)} AND machine = ${text(machine)}`;
  const where = (signal: string, fromMs: number, toMs: number): string =>
    `WHERE ${place} AND signal = ${text(signal)} AND time >= ${fromMs}ms AND time < ${toMs}ms`;

  async function stored(signal: string, fromMs: number, toMs: number, rows: number): Promise<readonly StoredPoint[]> {
    const range = where(signal, fromMs, toMs);
    const statement = `SELECT value, state, quality FROM signal ${range} ORDER BY time LIMIT ${rows}`;
    return (await rowsOrNone(store, statement)).map(storedPoint);
  }

  async function pages(
    { signal, fromMs, toMs, limit = pageRows }: Span,
    take: (points: readonly StoredPoint[]) => 'more' | 'enough',
    waiting = held(signal, fromMs, toMs),
  ): Promise<void> {
    for (let beginMs = fromMs; beginMs < toMs;) {
      const points = await stored(signal, beginMs, toMs, Math.min(limit, pageRows));
      // A server may be set to answer with fewer rows than asked for: only an empty page is the last one for certain.
      const endMs = (points.at(-1)?.atMs ?? toMs - 1) + 1;
      const fitting = waiting.filter(({ atMs }) => atMs >= beginMs && atMs < endMs);
      if (take(inOrder([...points, ...fitting])) === 'enough') return;
      beginMs = endMs;
    }
  }

  /** Lets InfluxDB sum up the intervals before `toMs`. */
  async function storedSummaries(signal: string, toMs: number, intervals: Intervals, fold: SummaryFold): Promise<void> {
    const { fromMs, widthMs } = intervals;
    if (toMs <= fromMs) return;
    const group = `GROUP BY time(${widthMs}ms, ${fromMs % widthMs}ms) fill(none)`;
    const range = where(signal, fromMs, toMs);
    const [good, bad] = await Promise.all([
      rowsOrNone(
        store,
        `SELECT count(value) AS good, min(value) AS low, max(value) AS high, sum(value) AS total FROM signal ${range} AND good = true ${group}`,
      ),
      rowsOrNone(
        store,
        `SELECT count(quality) AS samples, last(quality) AS bad FROM signal ${range} AND good = false ${group}`,
      ),
    ]);
    for (const row of good) {
      const { good, low, high, total } = row as Record<string, number>;
      fold.add(Number(row['time']), { samples: good!, good: good!, low: low!, high: high!, total: total!, bad: null });
    }
    const none = { good: 0, low: null, high: null, total: null };
    for (const row of bad) {
      fold.add(Number(row['time']), { ...none, samples: Number(row['samples']), bad: Number(row['bad']) });
    }
  }

  return {
    pages,
    async summaries(signal, shape, intervals, fold) {
      const { fromMs, toMs, widthMs } = intervals;
      const waiting = held(signal, fromMs, toMs);
      const oldestMs = waiting.reduce((oldest, { atMs }) => Math.min(oldest, atMs), toMs);
      // From the oldest held point on they are summed up here, since one that InfluxDB has as well must count once.
      const begunMs = fromMs + Math.floor((oldestMs - fromMs) / widthMs) * widthMs;
      const edgeMs = isNumeric(shape) ? (waiting.length === 0 ? toMs : begunMs) : fromMs;
      await storedSummaries(signal, edgeMs, intervals, fold);
      const add = (points: readonly StoredPoint[]) => {
        addPoints(fold, intervals, points);
        return 'more' as const;
      };
      await pages({ signal, fromMs: edgeMs, toMs }, add, waiting);
    },
  };
}

/** Only numbers are in a field that InfluxDB can calculate with. */
function isNumeric({ type }: SampleShape): boolean {
  return type === 'Double' || type === 'UInt16' || type === 'UInt32';
}

/** A database that nobody has written to yet does not exist: then nothing is recorded. */
async function rowsOrNone(store: InfluxStore, statement: string): Promise<readonly InfluxRow[]> {
  try {
    return await store.query(statement);
  } catch (error) {
    if (error instanceof StoreRefusedError && error.message.startsWith('database not found')) return [];
    throw error;
  }
}

function storedPoint(row: InfluxRow): StoredPoint {
  return {
    atMs: Number(row['time']),
    value: typeof row['value'] === 'number' ? row['value'] : null,
    state: typeof row['state'] === 'string' ? row['state'] : null,
    quality: typeof row['quality'] === 'number' ? row['quality'] : qualityCodes.BadConfigurationError,
  };
}

function text(value: string): string {
  return `'${value.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}'`;
}
