import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import type { GuardGround } from './guard.ts';
import { rateKPerS, settlesAtC } from './heater-model.ts';
import { Held } from './held.ts';

/**
 * Well after its duty went to 0 the zone rises above what the heater model with its neighbours expects. The expectation
 * starts at the temperature of that moment, falls with the zone, and follows it slowly (twice the zone's time constant), so
 * that a hall that warms up over the day is no heater. Up to where its neighbours alone can lift it in the end, a zone
 * may also rise faster than the model's time constant says.
 */
export class UnexpectedRise {
  readonly #zone: Zone;
  readonly #afterOffSeconds: number;
  readonly #limitK: number;
  readonly #followSeconds: number;
  #off = new Held();
  #expectedC = Number.NaN;

  constructor({ declaration }: GuardGround, zone: Zone) {
    this.#zone = zone;
    this.#afterOffSeconds = declaration.guards.uncontrolledAfterOffSeconds;
    this.#limitK = declaration.guards.uncontrolledRiseK;
    this.#followSeconds = 2 * zone.declaration.model.timeConstantSeconds;
  }

  /** As if the duty went to 0 only now: what rose up to here is explained. */
  restart(): void {
    this.#off = new Held();
    this.#expectedC = Number.NaN;
  }

  isUnexpected({ nowMs, dtSeconds }: Readonly<Situation>): boolean {
    const zone = this.#zone;
    const { channel } = zone.sensor;
    const settledOff = this.#off.atLeast(zone.dutyPercent === 0, this.#afterOffSeconds, nowMs);
    if (!settledOff || !channel.isGood) {
      this.#expectedC = Number.NaN;
      return false;
    }
    const temperatureC = numberOf(channel.cell);
    if (Number.isNaN(this.#expectedC) || temperatureC < this.#expectedC) this.#expectedC = temperatureC;
    const liftedC = settlesAtC(zone, 0);
    const neighboursKPerS = Math.max(0, rateKPerS(zone.model, this.#expectedC, liftedC));
    this.#expectedC += dtSeconds * (neighboursKPerS + (temperatureC - this.#expectedC) / this.#followSeconds);
    return temperatureC - Math.max(this.#expectedC, liftedC) > this.#limitK;
  }
}
