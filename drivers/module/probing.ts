import type { FieldClock } from '../field.ts';
import type { RequestStatistics } from './module-statistics.ts';

/** Between the probes of a module that does not answer, in ms: its return is noticed within two seconds. */
export const probePeriodMs = 1_500;
/** Every so many probes one has the full time-out, in case the module became slow. */
const fullProbeEvery = 4;
const shortestProbeMs = 30;
/** Time-out of a probe when nothing is known of the module's reply times, in ms. */
const firstProbeMs = 100;

/** How long a module that does not answer is waited for: long enough for it, short for the sake of the others. */
export class Probing {
  readonly #statistics: RequestStatistics;
  readonly #clock: FieldClock;
  #probes = 0;
  #lastWasFull = false;
  /** A late reply came since the last probe: the module lives, but slowly. */
  #wasHeardLate = false;

  constructor(statistics: RequestStatistics, clock: FieldClock) {
    this.#statistics = statistics;
    this.#clock = clock;
  }

  begin(): void {
    this.#probes = 0;
    this.#wasHeardLate = false;
  }

  probed(isFull: boolean): void {
    this.#probes++;
    this.#lastWasFull = isFull;
    this.#wasHeardLate = false;
  }

  /** @returns true when it was asked too briefly and should get its chance at once; late for the full time-out is lost */
  heardLate(): boolean {
    this.#wasHeardLate = !this.#lastWasFull;
    return this.#wasHeardLate;
  }

  timeoutMs(fullMs: number): number {
    const isFull = this.#wasHeardLate || this.#probes % fullProbeEvery === fullProbeEvery - 1;
    return isFull ? fullMs : this.usualMs(fullMs);
  }

  /** What its replies take at most as a rule, in ms. */
  usualMs(fullMs: number): number {
    const usualMs = this.#statistics.latencyMs(0.95, this.#clock.monotonicMs());
    return Math.min(fullMs, usualMs === null ? firstProbeMs : Math.max(shortestProbeMs, 3 * usualMs));
  }
}
