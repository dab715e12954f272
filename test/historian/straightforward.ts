import { isGood, type Quality } from '../../machine/quality.ts';
import type { HistoryPoint, HistoryQuery } from '../../operations/ports/history.ts';

/** A recorded sample, as the test remembers it. */
export interface Remembered {
  readonly atMs: number;
  readonly value: number | boolean | string | null;
  readonly quality: Quality;
}

export interface Joining {
  readonly stepped: boolean;
  readonly gapMs: number;
  readonly nowMs: number;
}

/** Times of samples and queries are multiples of this. */
const stepMs = 10;

/**
 * What a query must answer, worked out the long way round: interval by interval, for averages over time even hundredth by
 * hundredth of a second, from all samples that there are.
 */
export function straightforward(
  samples: readonly Remembered[],
  query: HistoryQuery,
  joining: Joining,
): readonly HistoryPoint[] {
  const newest = [...new Map(samples.map((sample) => [sample.atMs, sample])).values()];
  const all = newest.toSorted((a, b) => a.atMs - b.atMs);
  const { fromMs, toMs, aggregate, intervalMs = 0, limit } = query;
  if (aggregate === undefined) {
    const inside = all.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).slice(0, limit);
    return inside.map(({ atMs, value, quality }) => [atMs, value, quality]);
  }
  const points: HistoryPoint[] = [];
  for (let beginMs = fromMs; beginMs < toMs && points.length < limit; beginMs += intervalMs) {
    const endMs = Math.min(beginMs + intervalMs, toMs);
    const inside = all.filter(({ atMs }) => atMs >= beginMs && atMs < endMs);
    points.push([beginMs, ...figure(aggregate, all, inside, beginMs, endMs, joining)]);
  }
  return points;
}

type Figure = readonly [value: HistoryPoint[1], quality: HistoryPoint[2]];

function figure(
  aggregate: NonNullable<HistoryQuery['aggregate']>,
  all: readonly Remembered[],
  inside: readonly Remembered[],
  beginMs: number,
  endMs: number,
  joining: Joining,
): Figure {
  const good = inside.filter(({ quality }) => isGood(quality)).map(({ value }) => Number(value));
  const bad = inside.findLast(({ quality }) => !isGood(quality))?.quality;
  const overall = bad === undefined ? 'Good' : 'UncertainDataSubNormal';
  const some = (value: number): Figure => (good.length === 0 ? [null, bad ?? 'BadNoData'] : [value, overall]);
  const edge = aggregate === 'start' ? inside[0] : inside.at(-1);
  const figures: Readonly<Record<typeof aggregate, () => Figure>> = {
    average: () => some(good.reduce((a, b) => a + b, 0) / good.length),
    minimum: () => some(Math.min(...good)),
    maximum: () => some(Math.max(...good)),
    count: () => some(good.length),
    start: () => (edge === undefined ? [null, 'BadNoData'] : shown(edge)),
    end: () => (edge === undefined ? [null, 'BadNoData'] : shown(edge)),
    interpolative: () => valueAt(all, beginMs, joining),
    timeAverage: () => overTime(all, beginMs, endMs, joining),
  };
  return figures[aggregate]();
}

function shown({ value, quality }: Remembered): Figure {
  return [isGood(quality) ? value : null, quality];
}

function overTime(all: readonly Remembered[], beginMs: number, endMs: number, joining: Joining): Figure {
  let sum = 0;
  let knownMs = 0;
  let bad: HistoryPoint[2] = 'BadNoData';
  for (let ms = beginMs; ms < endMs; ms += stepMs) {
    // A sample before a gap is known for 1 ms, else a step is known wholly or not at all.
    const isLone = valueAt(all, ms + 1, joining)[1] === 'BadNoData';
    const lengthMs = isLone ? 1 : stepMs;
    const [value, quality] = valueAt(all, ms + lengthMs / 2, joining);
    if (value !== null) {
      sum += Number(value) * lengthMs;
      knownMs += lengthMs;
    } else if (quality !== 'BadNoData') {
      bad = quality;
    }
  }
  const dueMs = Math.min(endMs, joining.nowMs) - beginMs;
  return knownMs === 0 ? [null, bad] : [sum / knownMs, knownMs < dueMs ? 'UncertainDataSubNormal' : 'Good'];
}

function valueAt(all: readonly Remembered[], atMs: number, { stepped, gapMs, nowMs }: Joining): Figure {
  const before = all.findLast((sample) => sample.atMs <= atMs);
  const after = all.find((sample) => sample.atMs > atMs);
  if (before === undefined) return [null, 'BadNoData'];
  const own = shown(before);
  if (atMs < before.atMs + 1 && (after === undefined || after.atMs - before.atMs > gapMs)) return own;
  if (after === undefined) return nowMs - before.atMs > gapMs || atMs >= nowMs ? [null, 'BadNoData'] : own;
  if (after.atMs - before.atMs > gapMs) return [null, 'BadNoData'];
  const isMoving = !stepped && isGood(before.quality) && isGood(after.quality);
  if (!isMoving) return own;
  const share = (atMs - before.atMs) / (after.atMs - before.atMs);
  return [Number(before.value) + share * (Number(after.value) - Number(before.value)), 'Good'];
}
