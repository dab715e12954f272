import type { TuningDeclaration } from '../declaration.ts';

export type WatchVerdict = 'watching' | 'kept' | 'worse';

/** After so long without much error the zone is calm, … */
const calmSeconds = 30;

/** … and an error of so many times the limit comes from outside then: bad gains would not have let it get calm. */
const excursionRatio = 4;

/**
 * Watches a zone under new gains over comparable time, against its error under the old ones. They are worse when the
 * integral of the absolute error is a multiple of what the old gains would have left, and the mean a good deal larger too:
 * of two errors that are both next to nothing, one is easily twice the other.
 */
export class GainWatch {
  readonly #tuning: TuningDeclaration;
  readonly #watchSeconds: number;
  readonly #baselineK: number;
  #disturbedAtMs: number | null = null;
  #calmSeconds = 0;
  #hasSettled = false;
  #errorKSeconds = 0;
  #seconds = 0;
  verdict: WatchVerdict = 'watching';

  /** @param baselineK mean absolute error under the old gains, in K */
  constructor(tuning: TuningDeclaration, baselineK: number) {
    this.#tuning = tuning;
    this.#watchSeconds = tuning.watchMinutes * 60;
    this.#baselineK = baselineK;
  }

  get watchedSeconds(): number {
    return this.#seconds;
  }

  /** Mean absolute error since the watch began, in K; null before that. */
  get meanErrorK(): number | null {
    return this.#seconds === 0 ? null : this.#errorKSeconds / this.#seconds;
  }

  /** Something from outside moves the zone: what follows is not held against the gains. The window starts over. */
  disturb(): void {
    if (this.verdict !== 'watching') return;
    this.#disturbedAtMs = null;
    this.#calmSeconds = 0;
    this.#hasSettled = false;
    this.#errorKSeconds = 0;
    this.#seconds = 0;
  }

  /** One scan in which nothing but the gains counts, as far as can be told from outside. */
  advance(nowMs: number, dtSeconds: number, errorK: number): void {
    if (this.verdict !== 'watching') return;
    if (this.#isSudden(errorK)) this.disturb();
    this.#disturbedAtMs ??= nowMs;
    this.#calmSeconds = Math.abs(errorK) <= this.#limitK ? this.#calmSeconds + dtSeconds : 0;
    this.#hasSettled ||= this.#calmSeconds >= calmSeconds;
    const { graceSeconds } = this.#tuning;
    const sinceSeconds = (nowMs - this.#disturbedAtMs) / 1_000;
    // gains that never let the zone settle are to be judged all the same
    if (sinceSeconds < graceSeconds + (this.#hasSettled ? 0 : this.#watchSeconds)) return;
    this.#seconds += dtSeconds;
    this.#errorKSeconds += Math.abs(errorK) * dtSeconds;
    // the error only adds up: what is too much for the whole window is too much before its end
    if (this.#errorKSeconds > this.#limitK * this.#watchSeconds) this.verdict = 'worse';
    else if (this.#seconds >= this.#watchSeconds) this.verdict = 'kept';
  }

  /** The mean absolute error above which the gains are worse, in K. */
  get #limitK(): number {
    const { worseRatio, worseK } = this.#tuning;
    return Math.max(worseRatio * this.#baselineK, this.#baselineK + worseK);
  }

  #isSudden(errorK: number): boolean {
    const wasCalm = this.#seconds >= calmSeconds && this.#errorKSeconds <= this.#limitK * this.#seconds;
    return wasCalm && Math.abs(errorK) > excursionRatio * this.#limitK;
  }
}
