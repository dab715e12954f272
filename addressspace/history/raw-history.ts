import type { HistoryPoint, HistoryReader } from '../../operations/ports/history.ts';

/** A span of time, its begin included and its end excluded, ms since 1970, read from the old end or the new one. */
export interface RawSpan {
  readonly signal: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly newestFirst: boolean;
}

export interface RawPage {
  readonly points: readonly HistoryPoint[];
  /** What remains to be read after these points; null: nothing. */
  readonly rest: RawSpan | null;
}

/** At most `limit` points of the span, in its direction. */
export async function readPage(history: HistoryReader, span: RawSpan, limit: number): Promise<RawPage> {
  const { signal, fromMs, toMs, newestFirst } = span;
  const found = newestFirst
    ? await newest(history, span, limit + 1)
    : await history.query({ signal, fromMs, toMs, limit: limit + 1 });
  const points = found.slice(0, limit);
  const last = points.at(-1);
  if (found.length <= limit || !last) return { points, rest: null };
  return { points, rest: newestFirst ? { ...span, toMs: last[0] } : { ...span, fromMs: last[0] + 1 } };
}

/** The last point of the span before its end; null: there is none. */
export async function lastPoint(
  history: HistoryReader,
  signal: string,
  beforeMs: number,
): Promise<HistoryPoint | null> {
  const [point] = await newest(history, { signal, fromMs: 0, toMs: beforeMs, newestFirst: true }, 1);
  return point ?? null;
}

export async function firstPoint(history: HistoryReader, signal: string, fromMs: number): Promise<HistoryPoint | null> {
  const [point] = await history.query({ signal, fromMs, toMs: endOfTimeMs(), limit: 1 });
  return point ?? null;
}

/** Nothing is recorded ahead of the clock by more than a day, however badly it was set. */
export function endOfTimeMs(): number {
  return Date.now() + 86_400_000;
}

const firstWindowMs = 600_000;

/**
 * The newest points, newest first. The store gives the oldest of a span only, so windows are taken from the new end: wider
 * each time they hold too little, narrower when they hold more than can be asked for at once.
 */
async function newest(
  history: HistoryReader,
  { signal, fromMs, toMs }: RawSpan,
  limit: number,
): Promise<HistoryPoint[]> {
  const found: HistoryPoint[] = [];
  let endMs = toMs;
  let widthMs = firstWindowMs;
  while (found.length < limit && endMs > fromMs) {
    const beginMs = Math.max(fromMs, endMs - widthMs);
    // One more than is wanted tells whether the window held more; a window of 1 ms cannot be narrowed.
    const points = await history.query({ signal, fromMs: beginMs, toMs: endMs, limit: limit + 1 });
    if (points.length > limit && endMs - beginMs > 1) {
      widthMs = Math.max(1, Math.floor((endMs - beginMs) / 4));
      continue;
    }
    found.push(...points.toReversed());
    endMs = beginMs;
    widthMs *= 4;
  }
  return found.slice(0, limit);
}
