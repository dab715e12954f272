import { numberText } from '../control/reason-text.ts';
import type { TuningDeclaration } from '../declaration.ts';
import { mean, unlikeness, type RelayCycle, type Unlikeness } from './relay-cycle.ts';
import { ultimateGain, type UltimateGain } from './ultimate-gain.ts';

export interface RelayOrder {
  readonly setpointC: number;
  /** The duty that holds the setpoint, as far as it is known, in %. */
  readonly centrePercent: number;
  readonly maximumDutyPercent: number;
}

export type RelayVerdict =
  | { readonly ok: true; readonly ultimate: UltimateGain; readonly swingK: number }
  | ({ readonly ok: false; readonly code: string } & Unlikeness);

/** A swing within this factor of the one aimed at is left alone, so that cycles can be alike. */
const aimFactor = 1.6;

/** The first cycles switch so much of what there is room for: a zone that is quicker than thought stays near its setpoint. */
const carefulShare = 0.5;

/**
 * Relay feedback: the duty switches between two levels around a centre whenever the temperature leaves the setpoint by the
 * hysteresis. After each cycle the centre becomes the mean duty of that cycle, which is what holds the temperature, and
 * the amplitude is fitted to the swing that is wanted. Ends when enough cycles in a row are alike.
 */
export class RelayTest {
  readonly #tuning: TuningDeclaration;
  readonly #setpointC: number;
  readonly #maximumPercent: number;
  readonly #cycles: RelayCycle[] = [];
  #countedCycles = 0;
  #centrePercent: number;
  #amplitudePercent: number;
  #up = true;
  #hasSwitched = false;
  #seconds = 0;
  #upSeconds = 0;
  #percentSeconds = 0;
  #errorKSeconds = 0;
  #lowestK = Number.POSITIVE_INFINITY;
  #highestK = Number.NEGATIVE_INFINITY;
  verdict: RelayVerdict | null = null;

  constructor(tuning: TuningDeclaration, order: RelayOrder) {
    this.#tuning = tuning;
    this.#setpointC = order.setpointC;
    this.#maximumPercent = order.maximumDutyPercent;
    this.#centrePercent = this.#inRoom(order.centrePercent);
    this.#amplitudePercent = this.#allowed(carefulShare * this.#roomPercent);
  }

  get centrePercent(): number {
    return this.#centrePercent;
  }

  /** Full cycles since the relay began. */
  get cycles(): number {
    return this.#countedCycles;
  }

  /** Cycles in a row that count, at the present amplitude. */
  get alikeCycles(): number {
    return this.#cycles.length;
  }

  /** How long a cycle takes, in s; null before the first. */
  get periodSeconds(): number | null {
    return this.#cycles.at(-1)?.seconds ?? null;
  }

  /** One scan. @returns the duty in %, 0…the maximum */
  step(temperatureC: number, dtSeconds: number): number {
    const errorK = temperatureC - this.#setpointC;
    const { hysteresisK, swingLimitK } = this.#tuning;
    if (Math.abs(errorK) > swingLimitK) this.#failBySwing(errorK);
    if (this.#up && errorK >= hysteresisK) this.#up = false;
    else if (!this.#up && errorK <= -hysteresisK) {
      this.#up = true;
      this.#closeCycle();
    }
    if (this.verdict !== null) return this.#centrePercent;
    const dutyPercent = this.#centrePercent + (this.#up ? 1 : -1) * this.#amplitudePercent;
    this.#seconds += dtSeconds;
    if (this.#up) this.#upSeconds += dtSeconds;
    this.#percentSeconds += dutyPercent * dtSeconds;
    this.#errorKSeconds += errorK * dtSeconds;
    this.#lowestK = Math.min(this.#lowestK, errorK);
    this.#highestK = Math.max(this.#highestK, errorK);
    return dutyPercent;
  }

  /** How far the relay can switch up and down without leaving 0…the maximum. */
  get #roomPercent(): number {
    return Math.min(this.#centrePercent, this.#maximumPercent - this.#centrePercent);
  }

  #allowed(amplitudePercent: number): number {
    return Math.min(this.#roomPercent, Math.max(this.#tuning.leastAmplitudePercent, amplitudePercent));
  }

  #inRoom(centrePercent: number): number {
    const { leastAmplitudePercent } = this.#tuning;
    const least = Math.min(leastAmplitudePercent, this.#maximumPercent / 2);
    return Math.min(this.#maximumPercent - least, Math.max(least, centrePercent));
  }

  #closeCycle(): void {
    // what went before the first switching up is no full cycle
    if (this.#hasSwitched) this.#take();
    this.#hasSwitched = true;
    this.#seconds = this.#upSeconds = this.#percentSeconds = this.#errorKSeconds = 0;
    this.#lowestK = Number.POSITIVE_INFINITY;
    this.#highestK = Number.NEGATIVE_INFINITY;
  }

  #take(): void {
    const seconds = this.#seconds;
    const cycle: RelayCycle = {
      seconds,
      swingK: (this.#highestK - this.#lowestK) / 2,
      meanK: this.#errorKSeconds / seconds,
      meanPercent: this.#percentSeconds / seconds,
      upShare: this.#upSeconds / seconds,
      amplitudePercent: this.#amplitudePercent,
    };
    this.#countedCycles++;
    this.#cycles.push(cycle);
    const unlike = unlikeness(this.#cycles, this.#tuning);
    if (unlike === null) this.#succeed();
    else if (this.#countedCycles >= this.#tuning.mostCycles) this.#failBy('CYCLES_NOT_ALIKE', unlike);
    else this.#adapt(cycle);
  }

  #adapt({ meanPercent, swingK }: RelayCycle): void {
    this.#centrePercent = this.#inRoom(meanPercent);
    const factor = this.#tuning.swingK / swingK;
    const isOff = factor > aimFactor || factor < 1 / aimFactor;
    const wanted = isOff ? this.#amplitudePercent * factor : this.#amplitudePercent;
    const amplitude = this.#allowed(wanted);
    // a swing of another size is no cycle like the ones before
    const differs = Math.abs(amplitude - this.#amplitudePercent) > this.#tuning.alikeShare * this.#amplitudePercent;
    if (differs) this.#cycles.length = 0;
    this.#amplitudePercent = amplitude;
  }

  #succeed(): void {
    const alike = this.#cycles.slice(-this.#tuning.cycles);
    const { hysteresisK } = this.#tuning;
    const gains = alike.map(({ amplitudePercent, swingK }) => ultimateGain(amplitudePercent, swingK, hysteresisK));
    const gainPercentPerK = mean(gains);
    const periodSeconds = mean(alike.map(({ seconds }) => seconds));
    this.#centrePercent = this.#inRoom(mean(alike.map(({ meanPercent }) => meanPercent)));
    const swingK = mean(alike.map((cycle) => cycle.swingK));
    this.verdict = { ok: true, ultimate: { gainPercentPerK, periodSeconds }, swingK };
  }

  #failBySwing(errorK: number): void {
    const { swingLimitK } = this.#tuning;
    const text = `the zone is ${numberText(errorK)} K from its setpoint; the limit is ${numberText(swingLimitK)} K`;
    this.#failBy('SWING_TOO_LARGE', { text, actual: Math.abs(errorK), required: swingLimitK, unit: 'K' });
  }

  #failBy(code: string, unlike: Unlikeness): void {
    this.verdict ??= { ok: false, code, ...unlike };
  }
}
