import { qualityCodes, type Quality } from '../../machine/quality.ts';
import type { SignalDeclaration } from '../../machine/signal.ts';

/** How historic values are combined per interval. */
export type Aggregate = 'average' | 'minimum' | 'maximum' | 'count' | 'timeAverage' | 'interpolative' | 'start' | 'end';

/**
 * OPC UA status codes that occur in history only: `BadNoData` nothing was recorded there, `UncertainDataSubNormal` a figure
 * over an interval of which only a part was good or known.
 */
export const historyQualityCodes = {
  ...qualityCodes,
  UncertainDataSubNormal: 0x40a4_0000,
  BadNoData: 0x809b_0000,
} as const;

export type HistoryQuality = Quality | 'UncertainDataSubNormal' | 'BadNoData';

/** [ms since 1970, value or null, quality]: what `GET /history` and trends carry. */
export type HistoryPoint = readonly [atMs: number, value: number | boolean | string | null, quality: HistoryQuality];

/**
 * Raw points, ascending, of `fromMs` ≤ time < `toMs`; or, with `aggregate`, one point per interval, stamped with the
 * interval's begin. Intervals are `intervalMs` wide and count from `fromMs`; the last one may be cut short by `toMs`.
 */
export interface HistoryQuery {
  readonly signal: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Absent: raw points. */
  readonly aggregate?: Aggregate;
  /** Width of an aggregate's interval in ms; required with `aggregate`. */
  readonly intervalMs?: number;
  /** At most this many points: the first ones. */
  readonly limit: number;
}

/**
 * Reading history, whatever store keeps it. A raw point that is Bad has no value. `average`, `minimum`, `maximum` and
 * `count` are over the Good samples in the interval; without one they give null, never a number. `start` and `end` are the
 * first and last sample in it, good or not. `timeAverage` and `interpolative` (the value at the interval's begin) also
 * use the samples beside the interval, but never across bad samples or across a gap in recording.
 */
export interface HistoryReader {
  /** @throws HistoryUnavailableError when the store does not answer: an empty answer means that nothing was recorded */
  query(query: HistoryQuery): Promise<readonly HistoryPoint[]>;
}

/** The store does not answer; what was recorded is safe in the spool and can be read when the store is back. */
export class HistoryUnavailableError extends Error {
  readonly code = 'HISTORY_UNAVAILABLE';

  constructor(store: string, cause: unknown) {
    super(`The history store ${store} does not answer`, { cause });
  }
}

/** Points since the first start: `recorded` is the sum of the other four. */
export interface HistoryAccount {
  readonly store: string;
  /** Committed to disk; what is younger than a second may still be on the way there. */
  readonly recorded: number;
  readonly delivered: number;
  readonly spooled: number;
  readonly deadLettered: number;
  readonly dropped: number;
}

/**
 * Whether a signal keeps its value between samples (settings, outputs, states) or moves steadily from one to the next
 * (measurements): how `timeAverage` and `interpolative` join samples, and the property Stepped in OPC UA.
 */
export function isStepped(declaration: SignalDeclaration): boolean {
  return declaration.type !== 'Double' || declaration.direction === 'setting' || declaration.direction === 'output';
}

/** Recording that pauses for longer than so many of a signal's longest intervals has a gap. */
const gapIntervals = 3;

/** Two samples of a signal farther apart than this, in ms, have a gap in recording between them. */
export function recordingGapMs({ history }: SignalDeclaration): number {
  return (history?.atLeastEverySeconds ?? 10) * 1_000 * gapIntervals;
}
