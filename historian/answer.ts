import type { HistoryPoint, HistoryQuery } from '../operations/ports/history.ts';
import {
  edgeFold,
  historyPoint,
  interpolation,
  intervalsOf,
  timeAverage,
  type Intervals,
  type SampleFold,
  type SampleShape,
} from './aggregate.ts';
import { latestMs, type StoredPoint } from './chunk.ts';
import { isSummaryAggregate, summaryFold, type SummaryFold } from './summary.ts';

/** Points of one signal with `fromMs` ≤ time < `toMs`. */
export interface Span {
  readonly signal: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** More than these will not be asked for. */
  readonly limit?: number;
}

/** Where recorded points are read from. */
export interface PointSource {
  /** Points in order of time, page by page, until `take` says that it has enough. */
  pages(span: Span, take: (points: readonly StoredPoint[]) => 'more' | 'enough'): Promise<void>;
  /** Summaries of the signal's points, each within one interval. */
  summaries(signal: string, shape: SampleShape, intervals: Intervals, fold: SummaryFold): Promise<void>;
}

/** One history query against one source. */
export async function answer(
  source: PointSource,
  asked: HistoryQuery,
  shape: SampleShape,
  nowMs: number,
): Promise<readonly HistoryPoint[]> {
  const query = { ...asked, fromMs: time(asked.fromMs), toMs: time(asked.toMs) };
  if (!(query.fromMs <= query.toMs)) throw new RangeError('A history query begins before it ends');
  if (query.limit <= 0 || query.fromMs === query.toMs) return [];
  const { aggregate } = query;
  if (aggregate === undefined) return raw(source, query, shape);
  const intervals = intervalsOf(query);
  if (isSummaryAggregate(aggregate)) {
    const fold = summaryFold(intervals);
    await source.summaries(query.signal, shape, intervals, fold);
    return fold.finish(aggregate);
  }
  const isEdge = aggregate === 'start' || aggregate === 'end';
  // Samples beside the range matter as far as they can reach into it.
  const reachMs = isEdge ? 0 : shape.gapMs;
  const fold = sampleFold(aggregate, intervals, shape);
  const span = { signal: query.signal, fromMs: intervals.fromMs - reachMs, toMs: intervals.toMs + reachMs };
  await source.pages(span, (points) => {
    for (const point of points) fold.add(point);
    return 'more';
  });
  return fold.finish(nowMs);
}

/** Points have whole ms. */
function time(ms: number): number {
  return Math.min(latestMs, Math.max(0, Math.ceil(ms)));
}

function sampleFold(
  aggregate: 'start' | 'end' | 'interpolative' | 'timeAverage',
  intervals: Intervals,
  shape: SampleShape,
): SampleFold {
  if (aggregate === 'interpolative') return interpolation(intervals, shape);
  return aggregate === 'timeAverage' ? timeAverage(intervals, shape) : edgeFold(aggregate, intervals, shape);
}

async function raw(
  source: PointSource,
  { signal, fromMs, toMs, limit }: HistoryQuery,
  shape: SampleShape,
): Promise<readonly HistoryPoint[]> {
  const found: HistoryPoint[] = [];
  await source.pages({ signal, fromMs, toMs, limit }, (points) => {
    for (const point of points.slice(0, limit - found.length)) found.push(historyPoint(point, shape));
    return found.length < limit ? 'more' : 'enough';
  });
  return found;
}
