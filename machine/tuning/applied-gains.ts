import { numberText } from '../control/reason-text.ts';
import type { Gains, GainsFrom, TuningDeclaration } from '../declaration.ts';
import { GainWatch } from './gain-watch.ts';
import type { AppliedGainsStatus } from './tuning-status.ts';

/** What gains that were found put in their place, and how they do. Plain data, kept over a restart. */
export interface Replaced {
  readonly gains: Gains;
  readonly from: GainsFrom;
  /** Mean absolute error under them, in K. */
  readonly baselineK: number;
  readonly appliedAtMs: number;
  /** The watch over the new ones is not over. */
  readonly watching: boolean;
}

/** Gains of a zone that were found and applied, until other ones take their place. */
export class AppliedGains {
  readonly gains: Gains;
  readonly replaced: Replaced;
  readonly #watch: GainWatch | null;
  readonly #watchSeconds: number;
  #isTakenBack = false;

  constructor(tuning: TuningDeclaration, gains: Gains, replaced: Replaced) {
    this.gains = gains;
    this.replaced = replaced;
    this.#watchSeconds = tuning.watchMinutes * 60;
    this.#watch = replaced.watching ? new GainWatch(tuning, replaced.baselineK) : null;
  }

  /** Null when the gains are not on probation any more. */
  get watch(): GainWatch | null {
    return this.#watch?.verdict === 'watching' && !this.#isTakenBack ? this.#watch : null;
  }

  get areWorse(): boolean {
    return this.#watch?.verdict === 'worse' && !this.#isTakenBack;
  }

  get areInForce(): boolean {
    return !this.#isTakenBack;
  }

  takeBack(): void {
    this.#isTakenBack = true;
  }

  /** Said of the gains for the engineer; null while they are on probation. */
  get text(): string | null {
    const judged = this.#watch?.verdict;
    if (judged === 'worse') return `The new gains are clearly worse: the zone was ${this.#errors}.`;
    if (this.#isTakenBack) return 'The new gains were taken back by command.';
    if (judged === 'watching') return null;
    return judged === 'kept' ? `The new gains are kept: the zone was ${this.#errors}.` : 'The new gains are kept.';
  }

  status(): AppliedGainsStatus {
    const { gains: replaced, from: replacedFrom, baselineK, appliedAtMs } = this.replaced;
    return {
      state: this.#isTakenBack ? 'takenBack' : this.watch !== null || this.areWorse ? 'watching' : 'kept',
      gains: this.gains,
      replaced,
      replacedFrom,
      appliedAtMs,
      baselineK,
      meanErrorK: this.#watch?.meanErrorK ?? null,
      watchedSeconds: Math.round(this.#watch?.watchedSeconds ?? 0),
      watchSeconds: this.#watchSeconds,
      text: this.text,
    };
  }

  get #errors(): string {
    const { meanErrorK, watchedSeconds } = this.#watch ?? { meanErrorK: null, watchedSeconds: 0 };
    const seconds = numberText(watchedSeconds);
    return `${hundredths(meanErrorK)} K off its setpoint on average over ${seconds} s, under the old ones ${hundredths(this.replaced.baselineK)} K`;
  }
}

function hundredths(kelvin: number | null): number {
  return Math.round((kelvin ?? 0) * 100) / 100;
}
