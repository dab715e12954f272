import type { Aggregate, HistoryPoint } from '../operations/ports/history.ts';
import { qualityName, type Intervals } from './aggregate.ts';
import type { ChunkSummary } from './chunk.ts';

/** Aggregates that follow from counts, sums and extremes: no sample has to be looked at where a summary exists. */
export type SummaryAggregate = Extract<Aggregate, 'average' | 'minimum' | 'maximum' | 'count'>;

export function isSummaryAggregate(aggregate: Aggregate): aggregate is SummaryAggregate {
  return aggregate === 'average' || aggregate === 'minimum' || aggregate === 'maximum' || aggregate === 'count';
}

export interface SummaryFold {
  /** A summary of samples that all lie in the interval of `atMs`, in order of time. */
  add(atMs: number, summary: ChunkSummary): void;
  finish(aggregate: SummaryAggregate): readonly HistoryPoint[];
}

export function summaryFold({ fromMs, widthMs, count }: Intervals): SummaryFold {
  const sums: (ChunkSummary | undefined)[] = Array.from({ length: count });
  return {
    add(atMs, summary) {
      const i = Math.floor((atMs - fromMs) / widthMs);
      if (i >= 0 && i < count) sums[i] = together(sums[i], summary);
    },
    finish: (aggregate) => sums.map((sum, i) => figure(aggregate, fromMs + i * widthMs, sum)),
  };
}

function together(a: ChunkSummary | undefined, b: ChunkSummary): ChunkSummary {
  if (a === undefined) return b;
  return {
    samples: a.samples + b.samples,
    good: a.good + b.good,
    low: least(a.low, b.low, Math.min),
    high: least(a.high, b.high, Math.max),
    total: least(a.total, b.total, (x, y) => x + y),
    bad: b.bad ?? a.bad,
  };
}

function least(a: number | null, b: number | null, join: (a: number, b: number) => number): number | null {
  if (a === null) return b;
  return b === null ? a : join(a, b);
}

function figure(aggregate: SummaryAggregate, atMs: number, sum: ChunkSummary | undefined): HistoryPoint {
  if (sum === undefined || sum.samples === 0) return [atMs, null, 'BadNoData'];
  const value = sum.good === 0 ? null : figures[aggregate](sum);
  if (value === null) return [atMs, null, sum.bad === null ? 'BadNoData' : qualityName(sum.bad)];
  return [atMs, value, sum.good < sum.samples ? 'UncertainDataSubNormal' : 'Good'];
}

const figures: Readonly<Record<SummaryAggregate, (sum: ChunkSummary) => number | null>> = {
  average: ({ total, good }) => (total === null ? null : total / good),
  minimum: ({ low }) => low,
  maximum: ({ high }) => high,
  count: ({ good }) => good,
};
