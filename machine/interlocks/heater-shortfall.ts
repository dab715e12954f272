import type { Zone } from '../equipment.ts';
import { factorBound, longestDeadSeconds } from '../model/bounds.ts';
import { settlesAtC } from './heater-model.ts';

/**
 * A heater whose model was learnt may be so many times as weak, as slow or as quick as that model: what doors, the hall and
 * the seating of the sensor make of it from day to day. Without one it may be anything within the bounds of a learnt model.
 */
const learntFactor = 1.25;

/**
 * What a zone has done over a window of time, beside the least that a sound heater makes of it and what a failed one leaves
 * of it: from where the zone stood, by the mean duty that arrived, with the neighbours as they stand. Both halves of the
 * window are judged by themselves, for a blow of cold falls into one of them and a failure into both.
 */
export class HeaterShortfall {
  readonly #zone: Zone;
  readonly #halfSeconds: number;
  readonly #share: number;
  readonly #leastApartK: number;
  readonly #longestDeadSeconds: number;

  /**
   * @param seconds the window
   * @param share of the way from the failed to the weakest sound heater, up to where the heater counts as failed, 0…1
   * @param leastApartK the two must differ by this in either half before one is believed
   */
  constructor(zone: Zone, seconds: number, share: number, leastApartK: number) {
    this.#zone = zone;
    this.#halfSeconds = seconds / 2;
    this.#share = share;
    this.#leastApartK = leastApartK;
    this.#longestDeadSeconds = longestDeadSeconds(zone.nominal);
  }

  /** The zone does what it would with a failed heater or a loose sensor; false, too, where that can't be told. */
  get isShort(): boolean {
    return this.#changeK(0) < this.#leastK(0) && this.#changeK(this.#halfSeconds) < this.#leastK(this.#halfSeconds);
  }

  /** The zone gains more than its own strongest heater would give: it has the heat of another, or cold went away. */
  get isOver(): boolean {
    return this.#changeK(0) > this.#mostK(0) || this.#changeK(this.#halfSeconds) > this.#mostK(this.#halfSeconds);
  }

  /** The change over the window below which a zone is short, in K. */
  get leastK(): number {
    return this.#leastK(0) + this.#leastK(this.#halfSeconds);
  }

  /** Mean duty over the window that has arrived for certain, in %. */
  get arrivedPercent(): number {
    return (this.#arrivedPercent(0) + this.#arrivedPercent(this.#halfSeconds)) / 2;
  }

  #changeK(agoSeconds: number): number {
    return this.#readC(agoSeconds) - this.#readC(agoSeconds + this.#halfSeconds);
  }

  #readC(agoSeconds: number): number {
    return this.#zone.trail.secondsAgo(agoSeconds) ?? Number.NaN;
  }

  /** Heaters of this kind answer sooner or later. */
  #arrivedPercent(agoSeconds: number): number {
    const { duties, model } = this.#zone;
    const soonest = duties.meanPercent(model.deadTimeSeconds + agoSeconds, this.#halfSeconds);
    return Math.min(soonest, duties.meanPercent(this.#longestDeadSeconds + agoSeconds, this.#halfSeconds));
  }

  /**
   * A heater that is dead lets the zone go where its neighbours and ambient lead it; a sensor that is loose may as well stand
   * still. What of the two lies clearly below the weakest sound heater is told from it. A duty that is too low for that
   * overheats no barrel.
   */
  #leastK(agoSeconds: number): number {
    const { model, nominal } = this.#zone;
    const slowest = this.#slowestSeconds;
    const gain = Math.max(model.gainKPerPercent / this.#factor, nominal.gainKPerPercent / factorBound);
    const heatK = gain * this.#arrivedPercent(agoSeconds);
    // what neighbours do to a zone says nothing of its own heater
    if (heatK * this.#approach(slowest) < this.#leastApartK) return Number.NaN;
    const unheatedK = settlesAtC(this.#zone, 0) - this.#readC(agoSeconds + this.#halfSeconds);
    const deadK = unheatedK * this.#approach(model.timeConstantSeconds);
    // going up the slowest sound zone makes least of its heat, going down the quickest
    const wayK = unheatedK + heatK;
    const weakestK = Math.min(wayK * this.#approach(slowest), wayK * this.#approach(this.#quickestSeconds));
    const failedK = Math.max(this.#clearlyBelow(deadK, weakestK), this.#clearlyBelow(0, weakestK));
    return Number.isFinite(failedK) ? failedK + this.#share * (weakestK - failedK) : Number.NaN;
  }

  /** What the strongest sound heater makes of its zone, by the duty that may have arrived, and the margin on top, in K. */
  #mostK(agoSeconds: number): number {
    const { duties, model, nominal } = this.#zone;
    const gain = Math.min(model.gainKPerPercent * this.#factor, nominal.gainKPerPercent * factorBound);
    const soonest = duties.meanPercent(model.deadTimeSeconds + agoSeconds, this.#halfSeconds);
    const latest = duties.meanPercent(this.#longestDeadSeconds + agoSeconds, this.#halfSeconds);
    const before = this.#readC(agoSeconds + this.#halfSeconds);
    const wayK = settlesAtC(this.#zone, 0) + gain * Math.max(soonest, latest) - before;
    const strongestK = Math.max(
      wayK * this.#approach(this.#quickestSeconds),
      wayK * this.#approach(this.#slowestSeconds),
    );
    return this.#leastApartK + strongestK;
  }

  /** By how much a sound heater may be off the model in force. */
  get #factor(): number {
    return this.#zone.model === this.#zone.nominal ? factorBound : learntFactor;
  }

  get #slowestSeconds(): number {
    const { model, nominal } = this.#zone;
    return Math.min(model.timeConstantSeconds * this.#factor, nominal.timeConstantSeconds * factorBound);
  }

  get #quickestSeconds(): number {
    const { model, nominal } = this.#zone;
    return Math.max(model.timeConstantSeconds / this.#factor, nominal.timeConstantSeconds / factorBound);
  }

  #clearlyBelow(failedK: number, weakestK: number): number {
    return weakestK - failedK >= this.#leastApartK ? failedK : Number.NEGATIVE_INFINITY;
  }

  /** Share of its way that a zone comes in half the window, 0…1. */
  #approach(timeConstantSeconds: number): number {
    return 1 - Math.exp(-this.#halfSeconds / timeConstantSeconds);
  }
}
