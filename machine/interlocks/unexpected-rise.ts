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
export function unexpectedRiseCheck({ declaration }: GuardGround, zone: Zone) {
  const off = new Held();
  const { uncontrolledAfterOffSeconds, uncontrolledRiseK } = declaration.guards;
  const followSeconds = 2 * zone.declaration.model.timeConstantSeconds;
  let expectedC = Number.NaN;
  return ({ nowMs, dtSeconds }: Readonly<Situation>): boolean => {
    const { channel } = zone.sensor;
    const settledOff = off.atLeast(zone.dutyPercent === 0, uncontrolledAfterOffSeconds, nowMs);
    if (!settledOff || !channel.isGood) {
      expectedC = Number.NaN;
      return false;
    }
    const temperatureC = numberOf(channel.cell);
    if (Number.isNaN(expectedC) || temperatureC < expectedC) expectedC = temperatureC;
    const liftedC = settlesAtC(zone, 0);
    const neighboursKPerS = Math.max(0, rateKPerS(zone.model, expectedC, liftedC));
    expectedC += dtSeconds * (neighboursKPerS + (temperatureC - expectedC) / followSeconds);
    return temperatureC - Math.max(expectedC, liftedC) > uncontrolledRiseK;
  };
}
