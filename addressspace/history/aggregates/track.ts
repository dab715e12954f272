import { type HistoryPoint, type HistoryQuality, historyQualityCodes } from '../../../operations/ports/history.ts';
import type { SignalValue } from '../../../machine/signal.ts';

/** One recorded sample as aggregates see it. */
export interface Sample {
  readonly atMs: number;
  readonly value: SignalValue;
  readonly quality: HistoryQuality;
  readonly worth: 'good' | 'uncertain' | 'bad';
  /** What can be calculated with: the number, 1 or 0 of a Boolean; null for texts and for bad samples. */
  readonly size: number | null;
}

const worths = new Map<HistoryQuality, Sample['worth']>(
  Object.keys(historyQualityCodes).map((name) => {
    const worth = name === 'Good' ? 'good' : name.startsWith('Bad') ? 'bad' : 'uncertain';
    return [name as HistoryQuality, worth];
  }),
);

export function sampleOf([atMs, value, quality]: HistoryPoint): Sample {
  const worth = worths.get(quality) ?? 'bad';
  if (worth === 'bad') return { atMs, value: null, quality, worth, size: null };
  if (value === null) return { atMs, value, quality: 'BadNoData', worth: 'bad', size: null };
  const size = typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : null;
  return { atMs, value, quality, worth, size };
}

export interface TrackShape {
  /** The signal keeps its value between samples; otherwise it moves steadily from one to the next. */
  readonly stepped: boolean;
  /** Samples farther apart than this have a gap in recording between them, ms. */
  readonly gapMs: number;
  /** How far from a moment a value for it is looked for, over bad samples, ms. */
  readonly reachMs: number;
  /** Nothing is known after it, ms since 1970. */
  readonly nowMs: number;
}

/** The samples of one signal over a span and beside it, in order of time. */
export class Track {
  readonly shape: TrackShape;
  readonly samples: readonly Sample[];

  constructor(samples: readonly Sample[], shape: TrackShape) {
    this.samples = samples;
    this.shape = shape;
  }

  /** Number of the first sample at `atMs` or after it; the number of samples when there is none. */
  firstAt(atMs: number): number {
    let low = 0;
    let high = this.samples.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.samples[middle]?.atMs ?? 0) < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether recording went on from sample `i` to `atMs`, which lies after it and not after the next sample. */
  reaches(i: number, atMs: number): boolean {
    const from = this.samples[i];
    if (!from) return false;
    const next = this.samples[i + 1];
    return (next?.atMs ?? Math.min(atMs, this.shape.nowMs)) - from.atMs <= this.shape.gapMs;
  }

  /** Whether samples `i` and `i + 1` are there and without a gap between them. */
  isJoined(i: number): boolean {
    const next = this.samples[i + 1];
    return next !== undefined && this.reaches(i, next.atMs);
  }

  /** Whether something was recorded at the moment or on both sides of it, so that no data begin or end there. */
  isWithin(atMs: number): boolean {
    const i = this.firstAt(atMs);
    return this.samples[i]?.atMs === atMs || this.isJoined(i - 1);
  }
}
