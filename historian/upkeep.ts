import type { DatabaseSync } from 'node:sqlite';
import { minuteMs, minuteOf } from './chunk.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import type { HistorianLog } from './settings.ts';

export interface Upkeep {
  /** About every second. */
  tick(wallMs: number): void;
  stop(): void;
}

export interface UpkeepOptions {
  readonly database: DatabaseSync;
  readonly embedded: EmbeddedStore;
  /** Points become chunks here; otherwise they are on their way to InfluxDB. */
  readonly compacts: boolean;
  readonly retentionDays: number;
  readonly steadyClockMs: number;
  readonly log: HistorianLog;
  readonly onChange: () => void;
}

const dayMs = 86_400_000;
const forgetEveryMs = 3_600_000;
/** More than this between two ticks, beyond what the monotonic clock says, and the wall clock was set. */
const stepMs = 10_000;
/** Points may come a little late: a minute is left open for so long after its end. */
const openMs = 5_000;
/** Unused pages given back to the disk per tick, of 4 kB each. */
const pagesPerTick = 1_000;

/**
 * What the history file needs from time to time. Points age out by the wall clock, but only by one that ran steadily for a
 * while: a clock that jumps a year ahead must not cost a month of history.
 */
export function startUpkeep(options: UpkeepOptions): Upkeep {
  const { database, embedded, log } = options;
  let last: { wallMs: number; atMs: number } | null = null;
  let steadySinceMs = performance.now();
  let forgotAtMs = -Infinity;
  let begunMinute: number | null = null;
  let next: NodeJS.Immediate | null = null;

  function attempt(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      log.warn({ err: error }, `history file: ${what} failed, tried again later`);
    }
  }

  function compactOn(): void {
    next = null;
    attempt('compacting', () => {
      if (!embedded.compact()) return;
      options.onChange();
      next = setImmediate(compactOn);
    });
  }

  function forget(wallMs: number): void {
    const nowMs = performance.now();
    if (last !== null && Math.abs(wallMs - last.wallMs - (nowMs - last.atMs)) > stepMs) steadySinceMs = nowMs;
    last = { wallMs, atMs: nowMs };
    if (nowMs - steadySinceMs < options.steadyClockMs || nowMs - forgotAtMs < forgetEveryMs) return;
    forgotAtMs = nowMs;
    attempt('retention', () => embedded.forget(wallMs - options.retentionDays * dayMs));
  }

  function giveBack(): void {
    const free = Number(database.prepare('pragma freelist_count').get()?.['freelist_count']);
    const all = Number(database.prepare('pragma page_count').get()?.['page_count']);
    if (free > pagesPerTick && free > all / 4) database.exec(`pragma incremental_vacuum(${pagesPerTick})`);
  }

  return {
    tick(wallMs) {
      forget(wallMs);
      attempt('giving back space', giveBack);
      const minute = minuteOf(wallMs - openMs);
      if (!options.compacts || next !== null || begunMinute === minute) return;
      begunMinute = minute;
      attempt('compacting', () => embedded.begin(minute * minuteMs));
      next = setImmediate(compactOn);
    },
    stop() {
      if (next !== null) clearImmediate(next);
      next = null;
    },
  };
}
