/** How historic values are combined per interval. */
export type Aggregate = 'average' | 'minimum' | 'maximum' | 'count' | 'timeAverage' | 'interpolative' | 'start' | 'end';

/** [ms since 1970, value or null, quality]: what `GET /history` and trends carry. */
export type HistoryPoint = readonly [atMs: number, value: number | boolean | string | null, quality: string];

export interface HistoryQuery {
  readonly signal: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Absent: raw points. */
  readonly aggregate?: Aggregate;
  /** Width of an aggregate's interval in ms; required with `aggregate`. */
  readonly intervalMs?: number;
  /** At most this many points; raw queries stop there. */
  readonly limit: number;
}

/** Reading history, whatever store keeps it. Intervals without good samples give null, never a number. */
export interface HistoryReader {
  query(query: HistoryQuery): Promise<readonly HistoryPoint[]>;
}

/** Points since the first start: `recorded` is the sum of the other four. */
export interface HistoryAccount {
  readonly store: string;
  readonly recorded: number;
  readonly delivered: number;
  readonly spooled: number;
  readonly deadLettered: number;
  readonly dropped: number;
}
