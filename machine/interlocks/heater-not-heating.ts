import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import { rateKPerS, settlesAtC } from './heater-model.ts';
import type { Guard, GuardGround } from './guard.ts';
import { Held } from './held.ts';

/**
 * Full duty for `notHeatingSeconds`, far below the setpoint, and hardly a rise: a broken heater or a loose sensor. In MANUAL
 * the duty alone counts. While the screw turns, cold feed can hold a good heater down; then the zone must behave as the
 * heater model without any duty, which is well below what a good heater lets it do.
 */
export function guardNotHeating({ declaration, equipment, alarms }: GuardGround): Guard {
  const { guards } = declaration;
  const zones = equipment.zones.map((zone) => ({
    zone,
    held: new Held(),
    point: alarms.point(alarmNames.notHeating(zone.declaration.id)),
  }));
  let loadedBefore = false;
  return (situation) => {
    const loaded = isLoaded(situation);
    const sameLoad = loaded === loadedBefore;
    loadedBefore = loaded;
    for (const { zone, held, point } of zones) {
      const { channel } = zone.sensor;
      const asked = channel.isGood && zone.dutyPercent >= guards.notHeatingDutyPercent;
      const belowK = numberOf(zone.setpoint) - numberOf(channel.cell);
      const far = situation.mode === 'MANUAL' || belowK > guards.notHeatingBelowSetpointK;
      const long = held.atLeast(asked && far && sameLoad, guards.notHeatingSeconds, situation.nowMs);
      const failed = long && !rises(zone, loaded, guards.notHeatingSeconds, guards.notHeatingRiseK);
      const { value, quality } = channel.raw.sample;
      point.report(channel.isGood ? failed : null, failed, value, quality);
    }
  };
}

function isLoaded({ state }: Readonly<Situation>): boolean {
  return state === 'STARTING' || state === 'RUNNING' || state === 'STOPPING';
}

function rises(zone: Zone, loaded: boolean, seconds: number, leastK: number): boolean {
  const before = zone.trail.secondsAgo(seconds);
  if (before === null) return true;
  const riseK = numberOf(zone.sensor.channel.raw) - before;
  if (riseK >= leastK) return true;
  if (!loaded) return false;
  const fallK = seconds * rateKPerS(zone, before, settlesAtC(zone, 0));
  return riseK >= fallK + leastK;
}
