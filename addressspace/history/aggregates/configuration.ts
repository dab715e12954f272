import type { Sample } from './track.ts';

/** How aggregates treat what is not Good (OPC 10000-13, 4.2.1.2). */
export interface AggregateSettings {
  readonly treatUncertainAsBad: boolean;
  /** From so many percent of bad samples on, an interval is Bad. */
  readonly percentDataBad: number;
  /** From so many percent of good samples on, an interval is Good. */
  readonly percentDataGood: number;
  /** After the newest sample a value goes on along the line of the last two, rather than staying. */
  readonly useSlopedExtrapolation: boolean;
}

/** The defaults of OPC 10000-13: one sample that is not Good makes an interval Uncertain. */
export const defaultSettings: AggregateSettings = {
  treatUncertainAsBad: true,
  percentDataBad: 100,
  percentDataGood: 100,
  useSlopedExtrapolation: false,
};

/** Whether both percentages can hold together: what is not bad enough has to be able to be good enough. */
export function isConsistent({ percentDataBad, percentDataGood }: AggregateSettings): boolean {
  return percentDataBad <= 100 && percentDataGood <= 100 && percentDataGood >= 100 - percentDataBad;
}

/** Whether a sample may be used for a bounding value. */
export function isUsable({ worth }: Sample, { treatUncertainAsBad }: AggregateSettings): boolean {
  return worth === 'good' || (worth === 'uncertain' && !treatUncertainAsBad);
}
