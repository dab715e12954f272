import { bounded } from './bounds.ts';
import type { ZoneModel } from './zone-model.ts';

/** What a zone did in one interval. Integrals over the interval, in K·s and %·s. */
export interface Interval {
  readonly seconds: number;
  readonly changeK: number;
  /** Of the zone above its nominal ambient. */
  readonly excessKs: number;
  /** Of each warmer above its nominal ambient. */
  readonly warmerExcessKs: ArrayLike<number>;
}

/** One minus two standard deviations of a nominal parameter, as a share of it: data of heaters are this good. */
const parameterSd = 0.25;
const liftSd = 0.5;
/** A lift that is nominally 0 is learnt in steps of this, in K per K. */
const smallLiftKPerK = 0.05;
const ambientSdK = 5;
/** Heaters age and halls change: so much uncertainty comes back, as a share per lesson; the ambient's with time, in K/√s. */
const parameterDriftSd = 0.002;
const ambientDriftSd = 0.05;
/** Noise of a change over one interval: two averaged readings, their resolution, and what no model explains, in K. */
const noiseK = 0.1;
/** An interval that would tell less than this share of what its noise hides is not learnt from. */
const leastInformation = 0.05;
/** A surprise counts up to so many standard deviations, so that no single disturbance turns the model around. */
const surpriseLimit = 2.5;

const [loss, gain, ambient, firstLift] = [0, 1, 2, 3];

/**
 * Recursive least squares for one assumed dead time. Integrated over an interval, a zone of first order is linear in what is
 * to be learnt: ΔT = −(1/τ)·∫(T−Ta) + (G/τ)·∫u + Σ(k/τ)·∫(Tj−Ta) + (d/τ)·t. Parameters are told relative to the nominal
 * ones. The covariance grows again as far as something is learnt, never beyond where it began, so that it can't blow up.
 *
 * @see Åström & Wittenmark, Adaptive Control (1995), ch. 2, on regression, the Kalman form and forgetting
 */
export class Estimator {
  readonly deadTimeSeconds: number;
  readonly #nominal: ZoneModel;
  readonly #size: number;
  readonly #parameters: Float64Array;
  readonly #covariance: Float64Array;
  readonly #largestVariance: Float64Array;
  readonly #features: Float64Array;
  readonly #gains: Float64Array;
  /** Intervals that were learnt from. */
  updates = 0;

  constructor(nominal: ZoneModel, deadTimeSeconds: number) {
    this.#nominal = nominal;
    this.deadTimeSeconds = deadTimeSeconds;
    this.#size = firstLift + nominal.liftKPerK.length;
    this.#parameters = new Float64Array(this.#size);
    this.#covariance = new Float64Array(this.#size * this.#size);
    this.#largestVariance = new Float64Array(this.#size).fill(liftSd ** 2);
    this.#largestVariance[loss] = this.#largestVariance[gain] = parameterSd ** 2;
    this.#largestVariance[ambient] = ambientSdK ** 2;
    this.#features = new Float64Array(this.#size);
    this.#gains = new Float64Array(this.#size);
    this.begin(nominal, 1);
  }

  /** @param trust 1: as uncertain as nominal data are; below, that share of it */
  begin(from: ZoneModel, trust: number): void {
    const { gainKPerPercent, timeConstantSeconds, ambientC, liftKPerK } = this.#nominal;
    const lossRatio = timeConstantSeconds / from.timeConstantSeconds;
    this.#parameters[loss] = lossRatio;
    this.#parameters[gain] = (from.gainKPerPercent / gainKPerPercent) * lossRatio;
    this.#parameters[ambient] = (from.ambientC - ambientC) * lossRatio;
    for (let place = 0; place < liftKPerK.length; place++) {
      this.#parameters[firstLift + place] = ((from.liftKPerK[place] ?? 0) / this.#liftUnit(place)) * lossRatio;
    }
    this.#covariance.fill(0);
    for (let row = 0; row < this.#size; row++) {
      this.#covariance[row * this.#size + row] = (this.#largestVariance[row] ?? 0) * trust ** 2;
    }
    this.updates = 0;
  }

  /** What the change was beyond what is expected, in K. */
  surpriseK(interval: Interval, dutyPercentS: number): number {
    this.#setFeatures(interval, dutyPercentS);
    let expectedK = 0;
    for (let row = 0; row < this.#size; row++) {
      expectedK += (this.#features[row] ?? 0) * (this.#parameters[row] ?? 0);
    }
    return interval.changeK - expectedK;
  }

  /**
   * Learns from one interval, if it tells something.
   *
   * @param dutyPercentS ∫ of the duty that arrived, by this dead time, in %·s
   * @param edgeK how far the change may be off because the duty changed and the dead time is not exact, in K
   */
  learn(interval: Interval, dutyPercentS: number, edgeK: number): void {
    const surpriseK = this.surpriseK(interval, dutyPercentS);
    this.#grow(ambient, ambientDriftSd ** 2 * interval.seconds);
    const size = this.#size;
    let variance = 0;
    for (let row = 0; row < size; row++) {
      let sum = 0;
      for (let column = 0; column < size; column++) {
        sum += (this.#covariance[row * size + column] ?? 0) * (this.#features[column] ?? 0);
      }
      this.#gains[row] = sum;
      variance += (this.#features[row] ?? 0) * sum;
    }
    const noiseVariance = noiseK ** 2 + edgeK ** 2;
    if (variance >= leastInformation * noiseVariance) {
      this.#correct(surpriseK, variance + noiseVariance);
      // what taught nothing new makes nothing uncertain again: a barrel at rest must not feed on its noise
      const information = variance / (variance + noiseVariance);
      for (let row = 0; row < size; row++) if (row !== ambient) this.#grow(row, information * parameterDriftSd ** 2);
    }
  }

  model(): ZoneModel {
    const nominal = this.#nominal;
    const at = (place: number): number => this.#parameters[place] ?? 0;
    // the bound is far below what a loss can be; it keeps the division sound
    const lossRatio = Math.max(0.01, at(loss));
    return bounded(
      {
        gainKPerPercent: (nominal.gainKPerPercent * at(gain)) / lossRatio,
        timeConstantSeconds: nominal.timeConstantSeconds / lossRatio,
        deadTimeSeconds: this.deadTimeSeconds,
        ambientC: nominal.ambientC + at(ambient) / lossRatio,
        liftKPerK: nominal.liftKPerK.map((_, place) => (this.#liftUnit(place) * at(firstLift + place)) / lossRatio),
      },
      nominal,
    );
  }

  /** Variances of the parameters, relative to the nominal ones (the ambient in K²). */
  variances(): number[] {
    return Array.from({ length: this.#size }, (_, row) => this.#covariance[row * this.#size + row] ?? 0);
  }

  #liftUnit(place: number): number {
    const lift = this.#nominal.liftKPerK[place] ?? 0;
    return lift > 0 ? lift : smallLiftKPerK;
  }

  #setFeatures({ seconds, excessKs, warmerExcessKs }: Interval, dutyPercentS: number): void {
    const { gainKPerPercent, timeConstantSeconds } = this.#nominal;
    this.#features[loss] = -excessKs / timeConstantSeconds;
    this.#features[gain] = (gainKPerPercent * dutyPercentS) / timeConstantSeconds;
    this.#features[ambient] = seconds / timeConstantSeconds;
    for (let place = 0; place < this.#size - firstLift; place++) {
      const lifted = this.#liftUnit(place) * (warmerExcessKs[place] ?? 0);
      this.#features[firstLift + place] = lifted / timeConstantSeconds;
    }
  }

  #correct(surpriseK: number, variance: number): void {
    const size = this.#size;
    const limitK = surpriseLimit * Math.sqrt(variance);
    const countedK = Math.min(limitK, Math.max(-limitK, surpriseK));
    for (let row = 0; row < size; row++) {
      const gained = (this.#gains[row] ?? 0) / variance;
      this.#parameters[row] = (this.#parameters[row] ?? 0) + gained * countedK;
      for (let column = 0; column < size; column++) {
        const place = row * size + column;
        this.#covariance[place] = (this.#covariance[place] ?? 0) - gained * (this.#gains[column] ?? 0);
      }
    }
    this.updates++;
  }

  /** Adds to a variance; beyond its largest, row and column shrink together, which keeps the matrix a covariance. */
  #grow(row: number, variance: number): void {
    const size = this.#size;
    const place = row * size + row;
    const grown = (this.#covariance[place] ?? 0) + variance;
    this.#covariance[place] = grown;
    const largest = this.#largestVariance[row] ?? 0;
    if (grown <= largest) return;
    const shrink = Math.sqrt(largest / grown);
    for (let other = 0; other < size; other++) {
      const across = row * size + other;
      const down = other * size + row;
      this.#covariance[across] = (this.#covariance[across] ?? 0) * shrink;
      this.#covariance[down] = (this.#covariance[down] ?? 0) * shrink;
    }
  }

  /** Takes the state of another for the same zone. */
  copyFrom(other: Estimator): void {
    this.#parameters.set(other.#parameters);
    this.#covariance.set(other.#covariance);
    this.updates = other.updates;
  }
}
