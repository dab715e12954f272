import type { SignalValue } from '../../../machine/signal.ts';
import type { HistoryQuality } from '../../../operations/ports/history.ts';
import type { AggregateSettings } from './configuration.ts';
import type { Sample } from './track.ts';

/** The low bits of a status in history (OPC 10000-4, 7.39): where a value comes from. None of them: it is a raw sample. */
export const infoBits = { calculated: 0b1, interpolated: 0b10, partial: 0b100, multipleValues: 0b1_0000 } as const;

export type FigureQuality = HistoryQuality | 'Bad';

/** One value of an aggregate. */
export interface Figure {
  /** The interval's begin, or the time of the sample that was chosen. */
  readonly atMs: number;
  readonly value: SignalValue;
  readonly quality: FigureQuality;
  readonly bits: number;
  /** What the value is: of the signal's own type, or a number of another. `quality`: the name of a status. */
  readonly kind: 'own' | 'double' | 'count' | 'quality';
}

/** One interval of a processed read. Samples at `fromMs` belong to it, those at `toMs` do not; whole ms. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
  /** Its edges in time. Read backwards, an interval has the sample at its upper edge and not the one at its lower. */
  readonly lowMs: number;
  readonly highMs: number;
  /** Where it begins in the direction of reading. */
  readonly beginMs: number;
  /** Shorter than the others, cut by the end of the request. */
  readonly isCut: boolean;
  readonly isBackwards: boolean;
}

export function noData(atMs: number): Figure {
  return { atMs, value: null, quality: 'BadNoData', bits: 0, kind: 'own' };
}

/**
 * Status of a figure over samples, by the shares of good and bad ones (OPC 10000-13, 5.4.3.2). Where both percentages hold,
 * the one for good data decides. Uncertain samples that are not treated as bad make it uncertain.
 */
export function qualityByShares(samples: readonly Sample[], settings: AggregateSettings): FigureQuality {
  const uncertain = samples.filter(({ worth }) => worth === 'uncertain').length;
  const bad = samples.filter(({ worth }) => worth === 'bad').length + (settings.treatUncertainAsBad ? uncertain : 0);
  const badPercent = (100 * bad) / samples.length;
  if (100 - badPercent >= settings.percentDataGood && bad < samples.length) {
    return uncertain > 0 && !settings.treatUncertainAsBad ? 'UncertainDataSubNormal' : 'Good';
  }
  return badPercent >= settings.percentDataBad ? 'Bad' : 'UncertainDataSubNormal';
}
