import type { Gains } from '../declaration.ts';

/**
 * The ramp bends over these many integral times before its end: the duty that it took to keep up with the ramp is then given
 * back in time. Simulated at 5…20 K/min: 0.1 K too far, instead of 2…5 K from a ramp that ends in a corner.
 */
const bendIntegralTimes = 1.5;

/** The bend would creep on for ever: in K/s. */
const creepKPerS = 0.005;

/**
 * The setpoint that a PID follows: the real one, or a ramp on its way there. A ramp begins at the measured temperature when
 * heating goes on, when the setpoint changes, and when the PID takes over.
 */
export class SetpointRamp {
  readonly #rateKPerS: number;
  #targetC: number | null = null;
  #workingC = 0;

  /** @param rateKPerMinute 0: no ramp, the setpoint is followed at once */
  constructor(rateKPerMinute: number) {
    this.#rateKPerS = rateKPerMinute / 60;
  }

  /** The next step begins anew at the measured temperature. */
  restart(): void {
    this.#targetC = null;
  }

  /**
   * @param gains of the PID that follows
   * @returns what is followed now, in °C
   */
  advance(setpointC: number, measuredC: number, dtSeconds: number, gains: Gains): number {
    if (this.#rateKPerS === 0) return setpointC;
    if (this.#targetC !== setpointC) {
      this.#targetC = setpointC;
      this.#workingC = measuredC;
      return measuredC;
    }
    const leftK = setpointC - this.#workingC;
    const stepK = Math.min(this.#rateKPerS, bentRate(Math.abs(leftK), gains)) * dtSeconds;
    this.#workingC = Math.abs(leftK) <= stepK ? setpointC : this.#workingC + Math.sign(leftK) * stepK;
    return this.#workingC;
  }
}

/** Slower the less is left; without an integral there is nothing to give back. */
function bentRate(leftK: number, { kp, ki }: Gains): number {
  const bendSeconds = ki > 0 ? (bendIntegralTimes * kp) / ki : 0;
  return bendSeconds > 0 ? Math.max(creepKPerS, leftK / bendSeconds) : Number.POSITIVE_INFINITY;
}
