import type { SignalDeclaration } from '../../machine/signal.ts';
import { type HistoryReader, isStepped, recordingGapMs } from '../../operations/ports/history.ts';
import { Track, type TrackShape, type Sample, sampleOf } from './aggregates/track.ts';
import type { Patience } from './patience.ts';

/** How many recorded points may be looked at for one answer: some hundreds of ms of work. */
export const mostScanned = 300_000;

/** What one answer may still cost, over all its nodes. */
export interface Budget {
  /** Recorded points that may still be looked at. */
  points: number;
}

export interface Scan {
  readonly history: HistoryReader;
  readonly declaration: SignalDeclaration;
  readonly budget: Budget;
  readonly patience: Patience;
}

/** A span held more points than its store had counted, and more than may be looked at. */
export class TooManyPointsError extends Error {
  readonly code = 'TOO_MANY_POINTS';
}

const pagePoints = 10_000;

/** Bad samples are not counted beforehand; a span that has more of them than good ones is too much all the same. */
const overrun = 2;

export function shapeOf(declaration: SignalDeclaration, reachMs: number): TrackShape {
  const gapMs = recordingGapMs(declaration);
  return { stepped: isStepped(declaration), gapMs, reachMs: Math.max(gapMs, reachMs), nowMs: Date.now() };
}

/**
 * Everything recorded in a span and within reach beside it. What it costs is taken from the budget.
 *
 * @throws TooManyPointsError, ReadAbandonedError, HistoryUnavailableError
 */
export async function trackOf(scan: Scan, shape: TrackShape, fromMs: number, toMs: number): Promise<Track> {
  const { history, declaration, budget, patience } = scan;
  const samples: Sample[] = [];
  const endMs = toMs + shape.reachMs + 1;
  for (let beginMs = Math.max(0, fromMs - shape.reachMs); beginMs < endMs;) {
    const points = await history.query({ signal: declaration.id, fromMs: beginMs, toMs: endMs, limit: pagePoints });
    for (const point of points) samples.push(sampleOf(point));
    if (samples.length > mostScanned * overrun) throw new TooManyPointsError(declaration.id);
    await patience.breathe();
    const last = points.at(-1);
    if (points.length < pagePoints || !last) break;
    beginMs = last[0] + 1;
  }
  budget.points = Math.max(0, budget.points - samples.length);
  return new Track(samples, shape);
}
