import { type ReadAtTimeDetails, StatusCodes } from 'node-opcua';
import { recordingGapMs } from '../../operations/ports/history.ts';
import { interpolatedBound, simpleBound } from './aggregates/bounds.ts';
import { defaultSettings } from './aggregates/configuration.ts';
import { type Figure, infoBits, noData } from './aggregates/figure.ts';
import type { Track } from './aggregates/track.ts';
import { valueOf } from './processed-read.ts';
import type { Answered, AtTimeReading, Refused } from './reading.ts';
import { type Scan, shapeOf, trackOf } from './scan.ts';

/** Times of one request, over all its nodes. */
const mostTimes = 100_000;

/** Times that are looked up together. */
const portion = 500;

export function atTimeReadingOf(details: ReadAtTimeDetails, nodes: number): AtTimeReading | Refused {
  const times = (details.reqTimes ?? []).map((time) => time?.getTime() ?? Number.NaN);
  if (times.length === 0 || times.some((time) => !Number.isFinite(time))) {
    return { refused: StatusCodes.BadInvalidArgument };
  }
  if (times.length * nodes > mostTimes) return { refused: StatusCodes.BadTooManyOperations };
  return { kind: 'atTime', times, useSimpleBounds: details.useSimpleBounds, next: 0 };
}

/**
 * The signal's value at each time: what was recorded then, be it bad; else what lies between the samples beside it.
 *
 * @throws TooManyPointsError, ReadAbandonedError, HistoryUnavailableError
 */
export async function readAtTime(scan: Scan, reading: AtTimeReading, limit: number): Promise<Answered> {
  const { declaration, budget } = scan;
  const end = Math.min(reading.times.length, reading.next + limit);
  const dataValues = [];
  let next = reading.next;
  while (next < end && budget.points > 0) {
    const times = reading.times.slice(next, Math.min(end, next + portion));
    const figures = await figuresAt(scan, times, reading.useSimpleBounds);
    dataValues.push(...times.map((atMs) => valueOf(figures.get(atMs) ?? noData(atMs), declaration)));
    next += times.length;
  }
  return { dataValues, rest: next < reading.times.length ? { ...reading, next } : null };
}

async function figuresAt(
  scan: Scan,
  times: readonly number[],
  isSimple: boolean,
): Promise<ReadonlyMap<number, Figure>> {
  const shape = shapeOf(scan.declaration, 0);
  const figures = new Map<number, Figure>();
  for (const together of clusters(times, 4 * recordingGapMs(scan.declaration))) {
    const track = await trackOf(scan, shape, together[0] ?? 0, together.at(-1) ?? 0);
    for (const atMs of together) figures.set(atMs, figureAt(track, atMs, isSimple));
    await scan.patience.breathe();
  }
  return figures;
}

/** Times that lie close together, in order, so that one look at the store is enough for them. */
function clusters(times: readonly number[], apartMs: number): number[][] {
  const found: number[][] = [];
  let last: number[] | undefined;
  for (const atMs of times.toSorted((a, b) => a - b)) {
    if (last && atMs - (last.at(-1) ?? 0) <= apartMs) last.push(atMs);
    else found.push((last = [atMs]));
  }
  return found;
}

function figureAt(track: Track, atMs: number, isSimple: boolean): Figure {
  const recorded = track.samples[track.firstAt(atMs)];
  if (recorded?.atMs === atMs) return { ...recorded, bits: 0, kind: 'own' };
  const bound = isSimple ? simpleBound(track, atMs, defaultSettings) : interpolatedBound(track, atMs, defaultSettings);
  if (!bound) return noData(atMs);
  const quality = bound.isUncertain ? 'UncertainDataSubNormal' : 'Good';
  return { atMs, value: bound.value, quality, bits: infoBits.interpolated, kind: 'own' };
}
