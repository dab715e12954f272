import type { DatabaseSync } from 'node:sqlite';
import { accountOf, rowBytes, type AccountChange } from './account.ts';
import { transaction } from './history-file.ts';
import { signalFields } from './line-protocol.ts';
import type { PointRow, SeriesDefinition } from './point.ts';
import type { HistorianLog } from './settings.ts';

/** Points that were recorded together, numbered within one run of the recording side. */
export interface Batch {
  readonly number: number;
  readonly points: readonly PointRow[];
  /** Points that had no room on the way here and are lost. */
  readonly dropped: number;
}

/** A committed point as it is sent. */
export interface HeldPoint {
  readonly id: number;
  readonly atMs: number;
  readonly line: string;
}

export interface SpoolFigures {
  readonly recorded: number;
  readonly delivered: number;
  readonly spooled: number;
  readonly deadLettered: number;
  readonly dropped: number;
  readonly spooledBytes: number;
}

export interface SpoolOptions {
  readonly maximumBytes: number;
  /** Grows as series are named. */
  readonly series: readonly SeriesDefinition[];
  readonly log: HistorianLog;
}

/** Refused points kept for inspection: the newest. All are counted. */
const deadLettersKept = 10_000;

/** After an overflow room is made for a while, not for one point. */
const roomShare = 0.95;

/** SQLite's word for a row that does not fit its table. */
const constraint = 19;

/** The durable queue between recording and delivery. Every call is one transaction, the account included. */
export class Spool {
  readonly #database: DatabaseSync;
  readonly #options: SpoolOptions;
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #count: (change: AccountChange) => void;
  /** Ids in the file by the index of this run. */
  readonly #seriesIds = new Map<number, number>();
  /** Points up to this one are on their way to the store. */
  #takenTo = 0;

  constructor(database: DatabaseSync, options: SpoolOptions) {
    this.#database = database;
    this.#options = options;
    this.#statements = statementsOf(database);
    this.#count = accountOf(database);
  }

  figures(): SpoolFigures {
    const row = this.#statements.account.get() ?? {};
    return {
      recorded: Number(row['recorded']),
      delivered: Number(row['delivered']),
      spooled: Number(row['spooled']),
      deadLettered: Number(row['dead_lettered']),
      dropped: Number(row['dropped']),
      spooledBytes: Number(row['spooled_bytes']),
    };
  }

  /** Number of the last batch of `run` that was committed; 0: none. */
  committedBatch(run: string): number {
    const row = this.#statements.account.get();
    return row?.['run'] === run ? Number(row['batch']) : 0;
  }

  /** Commits batches, in order; over the disk budget the oldest telemetry makes room. */
  append(run: string, batches: readonly Batch[]): void {
    const last = batches.at(-1);
    if (last === undefined) return;
    try {
      transaction(this.#database, () => {
        for (const batch of batches) this.#appendBatch(batch);
        this.#statements.noteBatch.run(run, last.number);
        const excess = this.figures().spooledBytes - this.#options.maximumBytes;
        if (excess > 0) this.#makeRoom(excess + this.#options.maximumBytes * (1 - roomShare));
      });
    } catch (error) {
      this.#seriesIds.clear(); // series first named in this transaction are gone with it
      throw error;
    }
  }

  /** The oldest points, in the order in which they were recorded; until `release` they are not dropped. */
  take(limit: number): readonly HeldPoint[] {
    const points = this.#statements.oldest.all(limit).map(heldPoint);
    this.#takenTo = points.at(-1)?.id ?? 0;
    return points;
  }

  release(): void {
    this.#takenTo = 0;
  }

  /** The store has these, an unbroken run of what `take` gave: they are deleted here. */
  settleDelivered(points: readonly HeldPoint[]): void {
    const from = points[0]?.id ?? 0;
    const to = points.at(-1)?.id ?? 0;
    transaction(this.#database, () => {
      const { n, bytes } = this.#weigh(from, to);
      this.#statements.remove.run(from, to);
      this.#count({ delivered: n, spooled: -n, spooledBytes: -bytes });
    });
  }

  /** The store refuses this point for good: it is kept aside with the reason. */
  settleRefused({ id, atMs, line }: HeldPoint, reason: string): void {
    transaction(this.#database, () => {
      const { n, bytes } = this.#weigh(id, id);
      this.#statements.remove.run(id, id);
      const { lastInsertRowid } = this.#statements.keepAside.run(atMs, line, reason);
      this.#statements.forgetAside.run(Number(lastInsertRowid) - deadLettersKept);
      this.#count({ deadLettered: n, spooled: -n, spooledBytes: -bytes });
    });
  }

  #appendBatch({ points, dropped }: Batch): void {
    const before = Number(this.#statements.newest.get()?.['id']);
    for (const point of points) this.#appendPoint(point);
    const { n, bytes } = this.#weigh(before + 1, before + points.length);
    this.#count({
      recorded: points.length + dropped,
      spooled: n,
      dropped: dropped + points.length - n,
      spooledBytes: bytes,
    });
  }

  /** A point that no row can hold (a time that is none) must not stand in the way of all others. */
  #appendPoint([index, atMs, value, state, quality, fields]: PointRow): void {
    const { series, log } = this.#options;
    try {
      const precious = series[index]?.precious === true ? 1 : 0;
      this.#statements.addPoint.run(this.#seriesId(index), atMs, precious, value, state, quality, fields);
    } catch (error) {
      if (!(error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === constraint)) throw error;
      log.error({ err: error, series: series[index]?.key, atMs }, 'history: a point that cannot be stored is dropped');
    }
  }

  #seriesId(index: number): number {
    const known = this.#seriesIds.get(index);
    if (known !== undefined) return known;
    const definition = this.#options.series[index];
    if (definition === undefined) throw new RangeError(`Series ${index} was never named`);
    const { key, measurement, signal } = definition;
    const id = Number(this.#statements.addSeries.get(key, measurement, signal)?.['id']);
    this.#seriesIds.set(index, id);
    return id;
  }

  #weigh(from: number, to: number): { n: number; bytes: number } {
    const row = this.#statements.weigh.get(from, to);
    return { n: Number(row?.['n']), bytes: Number(row?.['bytes']) };
  }

  /** Drops the oldest telemetry until so many bytes are free; alarms and commands stay, whatever it costs. */
  #makeRoom(bytesWanted: number): void {
    let freed = 0;
    let dropped = 0;
    while (freed < bytesWanted) {
      let from = 0;
      let to = 0;
      for (const row of this.#statements.oldestTelemetry.iterate(this.#takenTo)) {
        if (freed >= bytesWanted) break;
        to = Number(row['id']);
        if (from === 0) from = to;
        freed += Number(row['bytes']);
        dropped++;
      }
      if (to === 0) break;
      this.#statements.removeTelemetry.run(from, to);
    }
    this.#count({ dropped, spooled: -dropped, spooledBytes: -freed });
  }
}

function statementsOf(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    account: prepare('select * from account'),
    noteBatch: prepare('update account set run = ?, batch = ?'),
    addSeries: prepare(`
      insert into series (key, measurement, signal) values (?, ?, ?)
      on conflict (key) do update set signal = excluded.signal returning id`),
    addPoint: prepare(`
      insert into point (series, at, precious, value, state, quality, fields) values (?, ?, ?, ?, ?, ?, ?)`),
    newest: prepare('select coalesce(max(id), 0) as id from point'),
    weigh: prepare(`
      select count(*) as n, coalesce(sum(${rowBytes}), 0) as bytes from point where id between ? and ?`),
    remove: prepare('delete from point where id between ? and ?'),
    oldest: prepare(`
      select p.id, p.at, s.key, p.value, p.state, p.quality, p.fields
      from point p cross join series s on s.id = p.series order by p.id limit ?`),
    oldestTelemetry: prepare(`
      select id, ${rowBytes} as bytes from point where id > ? and precious = 0 order by id limit 5000`),
    removeTelemetry: prepare('delete from point where precious = 0 and id between ? and ?'),
    keepAside: prepare('insert into dead_letter (at, line, reason) values (?, ?, ?)'),
    forgetAside: prepare('delete from dead_letter where id <= ?'),
  };
}

function heldPoint(row: Record<string, unknown>): HeldPoint {
  const { value, state, quality, fields } = row as {
    value: number | null;
    state: string | null;
    quality: number;
    fields: string | null;
  };
  const atMs = Number(row['at']);
  return {
    id: Number(row['id']),
    atMs,
    line: `${String(row['key'])} ${fields ?? signalFields(value, state, quality)} ${atMs}`,
  };
}
