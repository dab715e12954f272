import type { AggregateSettings } from './configuration.ts';
import { type Figure, type Interval, infoBits, noData, qualityByShares } from './figure.ts';
import type { Sample } from './track.ts';

/** What an aggregate that only looks at the samples in an interval is given. */
export interface Samples {
  readonly interval: Interval;
  /** In order of time, at least one. */
  readonly samples: readonly Sample[];
  readonly settings: AggregateSettings;
  /** `infoBits.partial` when data begin or end in the interval, or it is cut; else 0. */
  readonly partial: number;
}

const goodOf = (samples: readonly Sample[]): readonly Sample[] => samples.filter(({ worth }) => worth === 'good');
const sizesOf = (samples: readonly Sample[]): number[] => goodOf(samples).map(({ size }) => size ?? 0);

export function count({ interval, samples, settings, partial }: Samples): Figure {
  const quality = qualityByShares(samples, settings);
  if (quality === 'Bad') return { ...noData(interval.beginMs), quality };
  const bits = infoBits.calculated | partial;
  return { atMs: interval.beginMs, value: goodOf(samples).length, quality, bits, kind: 'count' };
}

/** Mean of the good samples, each counting the same. */
export function average({ interval, samples, settings }: Samples): Figure {
  const sizes = sizesOf(samples);
  const quality = qualityByShares(samples, settings);
  if (sizes.length === 0 || quality === 'Bad') return noData(interval.beginMs);
  const value = sum(sizes) / sizes.length;
  return { atMs: interval.beginMs, value, quality, bits: infoBits.calculated, kind: 'double' };
}

/**
 * Spread of the good samples about their mean; 0 for a single one. It is uncertain as soon as others were left out.
 * `ofSample` divides by one less than there are.
 */
export function spread(what: 'deviation' | 'variance', ofSample: boolean) {
  return ({ interval, samples, partial }: Samples): Figure => {
    const sizes = sizesOf(samples);
    if (sizes.length === 0) return noData(interval.beginMs);
    const quality = sizes.length === samples.length ? 'Good' : 'UncertainDataSubNormal';
    const mean = sum(sizes) / sizes.length;
    const squares = sum(sizes.map((size) => (size - mean) ** 2));
    const variance = sizes.length === 1 ? 0 : squares / (ofSample ? sizes.length - 1 : sizes.length);
    const value = what === 'variance' ? variance : Math.sqrt(variance);
    return { atMs: interval.beginMs, value, quality, bits: infoBits.calculated | partial, kind: 'double' };
  };
}

/**
 * The least or greatest good sample. It is uncertain when bad samples are about, or an uncertain one lies beyond it; stamped
 * with the interval's begin, and raw when it was recorded there.
 */
export function extreme(which: 'minimum' | 'maximum') {
  const sign = which === 'minimum' ? 1 : -1;
  return ({ interval, samples, settings, partial }: Samples): Figure => {
    const good = goodOf(samples);
    const [first] = good;
    if (!first) return noData(interval.beginMs);
    const best = good.reduce((a, b) => (sign * ((b.size ?? 0) - (a.size ?? 0)) < 0 ? b : a), first);
    const equals = good.filter(({ size }) => size === best.size);
    const isDoubtful = samples.some(
      ({ worth, size }) =>
        worth === 'bad' ||
        (worth === 'uncertain' && (settings.treatUncertainAsBad || sign * ((size ?? 0) - (best.size ?? 0)) < 0)),
    );
    const isAtBegin = equals.some(({ atMs }) => atMs === interval.beginMs);
    const bits = (isAtBegin ? 0 : infoBits.calculated) | (equals.length > 1 ? infoBits.multipleValues : 0) | partial;
    const quality = isDoubtful ? 'UncertainDataSubNormal' : 'Good';
    return { atMs: interval.beginMs, value: best.value, quality, bits, kind: 'own' };
  };
}

export function range(given: Samples): Figure {
  const [low, high] = [extreme('minimum')(given), extreme('maximum')(given)];
  if (typeof low.value !== 'number' || typeof high.value !== 'number') return low;
  const quality = low.quality === 'Good' ? high.quality : low.quality;
  const bits = infoBits.calculated | given.partial;
  return { ...low, value: high.value - low.value, quality, bits, kind: 'double' };
}

/** Latest good sample less the earliest; uncertain when others were skipped to find them. */
export function delta({ interval, samples, partial }: Samples): Figure {
  const good = goodOf(samples);
  const [first, last] = [good[0], good.at(-1)];
  if (!first || !last) return noData(interval.beginMs);
  const quality = first === samples[0] && last === samples.at(-1) ? 'Good' : 'UncertainDataSubNormal';
  const value = (last.size ?? 0) - (first.size ?? 0);
  return { atMs: interval.beginMs, value, quality, bits: infoBits.calculated | partial, kind: 'double' };
}

/** The first or last sample in the direction of reading, good or not, with its own time. */
export function edge(which: 'start' | 'end') {
  return ({ interval, samples, partial }: Samples): Figure => {
    const isOldest = (which === 'start') !== interval.isBackwards;
    const chosen = isOldest ? samples[0] : samples.at(-1);
    if (!chosen) return noData(interval.beginMs);
    const { atMs, value, quality, worth } = chosen;
    return { atMs, value, quality, bits: worth === 'bad' ? 0 : partial, kind: 'own' };
  };
}

const ranks = { good: 0, uncertain: 1, bad: 2 } as const;

/** The worst status of the samples, as a value. Of several with the same worth the first one counts. */
export function worstQuality({ interval, samples, partial }: Samples): Figure {
  const worst = samples.reduce((a, b) => (ranks[b.worth] > ranks[a.worth] ? b : a));
  const others = samples.filter(({ worth }) => worth === worst.worth).length > 1;
  const bits = infoBits.calculated | partial | (others ? infoBits.multipleValues : 0);
  return { atMs: interval.beginMs, value: worst.quality, quality: 'Good', bits, kind: 'quality' };
}

/** Nothing is lost to rounding although a large mean stands beside small differences (Neumaier). */
function sum(numbers: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const number of numbers) {
    const next = total + number;
    lost += Math.abs(total) >= Math.abs(number) ? total - next + number : number - next + total;
    total = next;
  }
  return total + lost;
}
