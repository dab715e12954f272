import { qualityCodes } from '../machine/quality.ts';
import type { SignalType, SignalValue } from '../machine/signal.ts';
import {
  historyQualityCodes,
  type HistoryPoint,
  type HistoryQuality,
  type HistoryQuery,
} from '../operations/ports/history.ts';
import { sizeOf, type StoredPoint } from './chunk.ts';

const mostIntervals = 1_000_000;

/** What has to be known of a signal to join its samples. */
export interface SampleShape {
  readonly type: SignalType;
  /** Keeps its value between samples; otherwise it moves steadily from one to the next. */
  readonly stepped: boolean;
  /** Two samples farther apart have a gap in recording between them: every signal is recorded more often. */
  readonly gapMs: number;
}

/** The intervals of an aggregate query, cut to its limit. */
export interface Intervals {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly widthMs: number;
  readonly count: number;
}

/** @throws RangeError when they are none, or too many to answer at once */
export function intervalsOf({ fromMs, toMs, intervalMs, limit }: HistoryQuery): Intervals {
  const widthMs = Math.round(intervalMs ?? 0);
  if (!(widthMs > 0)) throw new RangeError('An aggregate needs an interval of at least 1 ms');
  const count = Math.min(limit, Math.ceil((toMs - fromMs) / widthMs));
  if (count > mostIntervals) throw new RangeError(`${count} intervals are too many, ${mostIntervals} are the most`);
  return { fromMs, toMs: Math.min(toMs, fromMs + count * widthMs), widthMs, count };
}

const qualityNames = new Map<number, HistoryQuality>(
  Object.entries(historyQualityCodes).map(([name, code]) => [code, name as HistoryQuality]),
);

/** A code that this server never writes stands for the nearest that it does. */
export function qualityName(code: number): HistoryQuality {
  const unknown = code >= 0x8000_0000 ? 'BadNoData' : 'UncertainDataSubNormal';
  return qualityNames.get(code) ?? unknown;
}

/** A stored point as history shows it. */
export function historyPoint({ atMs, value, state, quality }: StoredPoint, { type }: SampleShape): HistoryPoint {
  return [atMs, shownValue(value, state, type), qualityName(quality)];
}

function shownValue(value: number | null, state: string | null, type: SignalType): SignalValue {
  return type === 'Boolean' && (state === 'true' || state === 'false') ? state === 'true' : (value ?? state);
}

const isGoodSample = ({ quality, value, state }: StoredPoint): boolean =>
  quality === qualityCodes.Good && (value !== null || state !== null);

/** One aggregate that joins samples, fed with them in order of time. */
export interface SampleFold {
  add(point: StoredPoint): void;
  /** `nowMs`: what lies after it is not known yet. */
  finish(nowMs: number): readonly HistoryPoint[];
}

/** The first or last sample in each interval. */
export function edgeFold(which: 'start' | 'end', intervals: Intervals, shape: SampleShape): SampleFold {
  const found: (StoredPoint | undefined)[] = Array.from({ length: intervals.count });
  return {
    add(point) {
      if (point.atMs < intervals.fromMs || point.atMs >= intervals.toMs) return;
      const i = Math.floor((point.atMs - intervals.fromMs) / intervals.widthMs);
      if (which === 'end' || found[i] === undefined) found[i] = point;
    },
    finish: () =>
      found.map((point, i) => {
        const atMs = intervals.fromMs + i * intervals.widthMs;
        if (point === undefined) return [atMs, null, 'BadNoData'];
        const [, value, quality] = historyPoint(point, shape);
        return [atMs, isGoodSample(point) ? value : null, quality];
      }),
  };
}

/** How a signal went on from the sample `from`. */
interface Stretch {
  readonly from: StoredPoint;
  readonly fromMs: number;
  readonly toMs: number;
  /** null: it was bad, or has no size. */
  readonly size: number | null;
  /** Per ms; 0 when it keeps its value, as it does until a bad sample, too. */
  readonly slope: number;
}

/** Calls back with each stretch in which something is known of the signal, be it that it was bad. */
function stretches(shape: SampleShape, onStretch: (stretch: Stretch) => void) {
  let last: StoredPoint | null = null;

  function close(from: StoredPoint, toMs: number, next: StoredPoint | null): void {
    const size = isGoodSample(from) ? sizeOf(from.value, from.state) : null;
    const nextSize = next !== null && isGoodSample(next) ? sizeOf(next.value, next.state) : null;
    const slope = shape.stepped || size === null || nextSize === null ? 0 : (nextSize - size) / (toMs - from.atMs);
    onStretch({ from, fromMs: from.atMs, toMs, size, slope });
  }
  return {
    add(point: StoredPoint): void {
      if (last !== null && point.atMs - last.atMs <= shape.gapMs) close(last, point.atMs, point);
      // Before a gap the sample was true at its own instant, no longer.
      else if (last !== null) close(last, last.atMs + 1, null);
      last = point;
    },
    /** The newest sample holds until now, unless the next one is overdue. */
    finish(nowMs: number, toMs: number): void {
      if (last === null) return;
      const isOverdue = nowMs - last.atMs > shape.gapMs;
      close(last, Math.max(last.atMs + 1, isOverdue ? 0 : Math.min(nowMs, toMs)), null);
    },
  };
}

/** The value at the begin of each interval, between the samples before and after it. */
export function interpolation(intervals: Intervals, shape: SampleShape): SampleFold {
  const { fromMs, widthMs, count } = intervals;
  const points: HistoryPoint[] = Array.from({ length: count }, (_, i) => [fromMs + i * widthMs, null, 'BadNoData']);
  const joined = stretches(shape, (stretch) => {
    const first = Math.max(0, Math.ceil((stretch.fromMs - fromMs) / widthMs));
    for (let i = first; i < count; i++) {
      const atMs = fromMs + i * widthMs;
      if (atMs >= stretch.toMs) break;
      const [, value, quality] = historyPoint(stretch.from, shape);
      const isMoving = stretch.size !== null && stretch.slope !== 0;
      const between = isMoving ? stretch.size + stretch.slope * (atMs - stretch.fromMs) : value;
      points[i] = [atMs, isGoodSample(stretch.from) ? between : null, quality];
    }
  });
  return {
    add: (point) => joined.add(point),
    finish(nowMs) {
      joined.finish(nowMs, intervals.toMs);
      return points;
    },
  };
}

/** The mean over time of what is known: stretches that are bad or not recorded do not count. */
export function timeAverage(intervals: Intervals, shape: SampleShape): SampleFold {
  const { fromMs, toMs, widthMs, count } = intervals;
  const areas = new Float64Array(count);
  const knownMs = new Float64Array(count);
  const bad: (HistoryQuality | undefined)[] = Array.from({ length: count });
  const joined = stretches(shape, (stretch) => {
    const beginMs = Math.max(stretch.fromMs, fromMs);
    const endMs = Math.min(stretch.toMs, toMs);
    if (beginMs >= endMs) return;
    for (let i = Math.floor((beginMs - fromMs) / widthMs); fromMs + i * widthMs < endMs; i++) {
      const a = Math.max(beginMs, fromMs + i * widthMs);
      const b = Math.min(endMs, fromMs + (i + 1) * widthMs);
      if (stretch.size === null) {
        bad[i] = qualityName(stretch.from.quality);
      } else {
        areas[i]! += (b - a) * (stretch.size + stretch.slope * ((a + b) / 2 - stretch.fromMs));
        knownMs[i]! += b - a;
      }
    }
  });
  return {
    add: (point) => joined.add(point),
    finish(nowMs) {
      const horizonMs = Math.min(nowMs, toMs);
      joined.finish(nowMs, toMs);
      return Array.from({ length: count }, (_, i): HistoryPoint => {
        const atMs = fromMs + i * widthMs;
        const known = knownMs[i] ?? 0;
        if (known === 0) return [atMs, null, bad[i] ?? 'BadNoData'];
        const dueMs = Math.min(horizonMs, atMs + widthMs) - atMs;
        return [atMs, (areas[i] ?? 0) / known, known < dueMs ? 'UncertainDataSubNormal' : 'Good'];
      });
    },
  };
}
