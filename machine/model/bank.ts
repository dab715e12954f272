import { deadTimes } from './bounds.ts';
import { Estimator, type Interval } from './estimator.ts';
import type { ZoneModel } from './zone-model.ts';

/** Errors of dead times fade by this factor with each interval that tells them apart. */
const fading = 0.95;
/** Another dead time is believed when it leaves less than this share of the squared error, after so many intervals. */
const clearlyLess = 0.7;
const leastIntervals = 2;
/** A change of the duty from one interval to the next, in %, from which dead times can be told apart for a while. */
const tellingPercent = 10;
/** A surprise beyond this is a disturbance and says nothing of dead times, in K. */
const largestSurpriseK = 5;

/**
 * Estimators for several dead times side by side. Where the duty has just changed, an interval tells of the dead time, and
 * the one whose expectations come true is believed; all other intervals tell of the parameters.
 */
export class Bank {
  readonly #nominal: ZoneModel;
  readonly #estimators: readonly Estimator[];
  readonly #errors: Float64Array;
  /** Half a step of the dead times, as the change that a percent of duty makes in it. */
  readonly #edgeKPerPercent: number;
  readonly #longestSeconds: number;
  #believed: number;
  #told = 0;
  #dutyPercent = 0;
  #tellingSeconds = 0;

  constructor(nominal: ZoneModel) {
    const candidates = deadTimes(nominal);
    this.#nominal = nominal;
    this.#estimators = candidates.map((seconds) => new Estimator(nominal, seconds));
    this.#errors = new Float64Array(candidates.length);
    this.#longestSeconds = Math.max(...candidates);
    const stepSeconds = (candidates[1] ?? 0) - (candidates[0] ?? 0);
    this.#edgeKPerPercent = ((nominal.gainKPerPercent / nominal.timeConstantSeconds) * stepSeconds) / 2;
    this.#believed = nearest(candidates, nominal.deadTimeSeconds);
  }

  /** Intervals that the believed estimator has learnt from. */
  get updates(): number {
    return this.#estimators[this.#believed]?.updates ?? 0;
  }

  begin(from: ZoneModel, trust: number): void {
    for (const estimator of this.#estimators) estimator.begin(from, trust);
    this.#errors.fill(0);
    this.#told = 0;
    this.#tellingSeconds = 0;
    this.#believed = nearest(deadTimes(this.#nominal), from.deadTimeSeconds);
  }

  model(): ZoneModel {
    return this.#estimators[this.#believed]?.model() ?? this.#nominal;
  }

  /** @param meanPercent the mean duty that arrived over the last so many seconds, for a dead time */
  learn(interval: Interval, meanPercent: (deadSeconds: number, overSeconds: number) => number): void {
    const { seconds } = interval;
    const dutyPercent = meanPercent(0, seconds);
    if (Math.abs(dutyPercent - this.#dutyPercent) >= tellingPercent) {
      this.#tellingSeconds = this.#longestSeconds + 2 * seconds;
    }
    this.#dutyPercent = dutyPercent;
    const telling = this.#tellingSeconds > 0;
    if (telling) this.#tellingSeconds -= seconds;
    for (let place = 0; place < this.#estimators.length; place++) {
      const estimator = this.#estimators[place];
      if (estimator === undefined) continue;
      const { deadTimeSeconds } = estimator;
      const arrived = meanPercent(deadTimeSeconds, seconds) * seconds;
      if (telling) {
        const counted = Math.min(largestSurpriseK, Math.abs(estimator.surpriseK(interval, arrived))) ** 2;
        this.#errors[place] = fading * (this.#errors[place] ?? 0) + counted;
      } else {
        const atEnd = meanPercent(deadTimeSeconds, 1);
        const atBegin = meanPercent(deadTimeSeconds + seconds - 1, 1);
        estimator.learn(interval, arrived, this.#edgeKPerPercent * Math.abs(atEnd - atBegin));
      }
    }
    if (!telling) return;
    this.#told++;
    this.#believe();
  }

  /** Nothing is known of the duty before now. */
  interrupt(): void {
    this.#tellingSeconds = 0;
  }

  copyFrom(other: Bank): void {
    for (let place = 0; place < this.#estimators.length; place++) {
      const from = other.#estimators[place];
      if (from !== undefined) this.#estimators[place]?.copyFrom(from);
    }
    this.#errors.set(other.#errors);
    this.#believed = other.#believed;
    this.#told = other.#told;
  }

  #believe(): void {
    if (this.#told < leastIntervals) return;
    let best = this.#believed;
    for (let place = 0; place < this.#errors.length; place++) {
      if ((this.#errors[place] ?? 0) < (this.#errors[best] ?? 0)) best = place;
    }
    if ((this.#errors[best] ?? 0) < clearlyLess * (this.#errors[this.#believed] ?? 0)) this.#believed = best;
  }
}

function nearest(candidates: readonly number[], seconds: number): number {
  let best = 0;
  for (let place = 1; place < candidates.length; place++) {
    if (Math.abs((candidates[place] ?? 0) - seconds) < Math.abs((candidates[best] ?? 0) - seconds)) best = place;
  }
  return best;
}
