/** So much of the past is kept and shown, in ms. */
export const recentSpanMs = 30 * 60_000;
/** Two points farther apart than this, in ms, are not joined by a line: nobody knows what was between. */
export const gapMs = 30_000;

export interface Row {
  readonly atMs: number;
  readonly values: ReadonlyMap<string, number | null>;
}

/** Rows in time order, at most `recentSpanMs` long: what the trend and the small curves are drawn from. */
export class RecentTable {
  private rows: Row[] = [];

  lastMs(): number | null {
    return this.rows.at(-1)?.atMs ?? null;
  }

  add(atMs: number, values: ReadonlyMap<string, number | null>): void {
    const lastMs = this.lastMs();
    // The server's clock was set back: rows of a time to come would draw the line backwards.
    if (lastMs !== null && atMs < lastMs) this.rows = this.rows.filter((row) => row.atMs < atMs);
    this.rows.push({ atMs, values });
    const oldestMs = atMs - recentSpanMs;
    while ((this.rows[0]?.atMs ?? oldestMs) < oldestMs) this.rows.shift();
  }

  /** Puts rows of the past where the table has none of its own: before its first row and into its gaps. */
  fill(past: readonly Row[]): void {
    const kept = this.rows;
    const missing = past.filter((row) => !kept.some((own) => Math.abs(own.atMs - row.atMs) < gapMs / 2));
    this.rows = [...kept, ...missing].toSorted((a, b) => a.atMs - b.atMs);
  }

  clear(): void {
    this.rows = [];
  }

  /** Times in ms and one column for each id, `null` for gaps, also between rows that lie too far apart. */
  columns(ids: readonly string[], fromMs: number): { timesMs: number[]; values: (number | null)[][] } {
    const timesMs: number[] = [];
    const values: (number | null)[][] = ids.map(() => []);
    for (const row of this.rows) {
      if (row.atMs < fromMs) continue;
      const before = timesMs.at(-1);
      if (before !== undefined && row.atMs - before > gapMs) {
        timesMs.push(before + 1);
        for (const column of values) column.push(null);
      }
      timesMs.push(row.atMs);
      ids.forEach((id, index) => values[index]?.push(row.values.get(id) ?? null));
    }
    return { timesMs, values };
  }

  /**
   * Slope in units per minute over the last minute, or null when there is no point now or about a minute ago.
   * @param nowMs the server's clock
   */
  ratePerMinute(id: string, nowMs: number): number | null {
    const minuteMs = 60_000;
    const last = this.rows.at(-1);
    const then = this.rows.find((row) => row.atMs >= nowMs - minuteMs);
    if (last === undefined || then === undefined || last.atMs - then.atMs < minuteMs / 2) return null;
    const [from, to] = [then.values.get(id), last.values.get(id)];
    if (typeof from !== 'number' || typeof to !== 'number') return null;
    return ((to - from) * minuteMs) / (last.atMs - then.atMs);
  }
}

/**
 * Brings the series of several signals onto one row of times, `intervalMs` apart. Within an interval the last point
 * counts. A signal that is recorded on change only has points farther apart: one holds until the next, or `gapMs`.
 */
export function alignHistory(
  series: ReadonlyMap<string, readonly (readonly [atMs: number, value: number | null])[]>,
  fromMs: number,
  toMs: number,
  intervalMs: number,
): Row[] {
  const rows: Row[] = [];
  const next = new Map([...series.keys()].map((id) => [id, 0]));
  const held = new Map<string, readonly [number, number | null]>();
  for (let atMs = Math.ceil(fromMs / intervalMs) * intervalMs; atMs <= toMs; atMs += intervalMs) {
    const values = new Map<string, number | null>();
    for (const [id, points] of series) {
      let index = next.get(id) ?? 0;
      for (let point = points[index]; point !== undefined && point[0] <= atMs; point = points[++index])
        held.set(id, point);
      next.set(id, index);
      const point = held.get(id);
      values.set(id, point !== undefined && atMs - point[0] <= gapMs ? point[1] : null);
    }
    rows.push({ atMs, values });
  }
  return rows;
}
