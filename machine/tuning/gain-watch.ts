import type { TuningDeclaration } from '../declaration.ts';

export type WatchVerdict = 'watching' | 'kept' | 'worse';

/**
 * Watches a zone under new gains over comparable time, against its error under the old ones. They are worse when the
 * integral of the absolute error is a multiple of what the old gains would have left, and the mean a good deal larger too:
 * of two errors that are both next to nothing, one is easily twice the other.
 */
export class GainWatch {
  readonly #tuning: TuningDeclaration;
  readonly #watchSeconds: number;
  readonly #baselineK: number;
  #calmSinceMs: number | null = null;
  #reachedBand = false;
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
    this.#calmSinceMs = null;
    this.#reachedBand = false;
    this.#errorKSeconds = 0;
    this.#seconds = 0;
  }

  /** One scan in which nothing but the gains counts. */
  advance(nowMs: number, dtSeconds: number, errorK: number, inBand: boolean): void {
    if (this.verdict !== 'watching') return;
    this.#calmSinceMs ??= nowMs;
    this.#reachedBand ||= inBand;
    const calmSeconds = (nowMs - this.#calmSinceMs) / 1_000;
    if (calmSeconds < this.#tuning.graceSeconds) return;
    // gains that never bring the zone into its band are to be judged all the same
    if (!this.#reachedBand && calmSeconds < this.#tuning.graceSeconds + this.#watchSeconds) return;
    this.#seconds += dtSeconds;
    this.#errorKSeconds += Math.abs(errorK) * dtSeconds;
    const { worseRatio, worseK } = this.#tuning;
    const limitK = Math.max(worseRatio * this.#baselineK, this.#baselineK + worseK);
    // the error only adds up: what is too much for the whole window is too much before its end
    if (this.#errorKSeconds > limitK * this.#watchSeconds) this.verdict = 'worse';
    else if (this.#seconds >= this.#watchSeconds) this.verdict = 'kept';
  }
}
