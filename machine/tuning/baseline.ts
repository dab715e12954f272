import type { TuningDeclaration } from '../declaration.ts';

/**
 * How well the present gains hold the setpoint, over windows of `settleSeconds`. A window in which the mean lies off the
 * setpoint by more than the relay's hysteresis is still part of the way there, and the next one is taken.
 */
export class Baseline {
  readonly #tuning: TuningDeclaration;
  #seconds = 0;
  #errorKSeconds = 0;
  #absoluteKSeconds = 0;
  #percentSeconds = 0;
  isComplete = false;

  constructor(tuning: TuningDeclaration) {
    this.#tuning = tuning;
  }

  /** Mean absolute error, in K. */
  get meanErrorK(): number {
    return this.#absoluteKSeconds / this.#seconds;
  }

  /** The duty that holds the setpoint, in %. */
  get meanPercent(): number {
    return this.#percentSeconds / this.#seconds;
  }

  /** Of the present window, 0…1. */
  get progress(): number {
    return Math.min(1, this.#seconds / this.#tuning.settleSeconds);
  }

  restart(): void {
    this.#seconds = 0;
    this.#errorKSeconds = 0;
    this.#absoluteKSeconds = 0;
    this.#percentSeconds = 0;
  }

  add(errorK: number, dutyPercent: number, dtSeconds: number): void {
    const { settleSeconds, hysteresisK } = this.#tuning;
    if (this.#seconds >= settleSeconds) this.restart();
    this.#seconds += dtSeconds;
    this.#errorKSeconds += errorK * dtSeconds;
    this.#absoluteKSeconds += Math.abs(errorK) * dtSeconds;
    this.#percentSeconds += dutyPercent * dtSeconds;
    const isThere = Math.abs(this.#errorKSeconds / this.#seconds) <= hysteresisK;
    this.isComplete = this.#seconds >= settleSeconds && isThere;
  }
}
