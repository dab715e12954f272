import { alarmNames } from '../alarms/guard-alarms.ts';
import { excessPowerCheck } from './excess-power.ts';
import type { Guard, GuardGround } from './guard.ts';
import { proveOffCheck } from './prove-off.ts';
import { unexpectedRiseCheck } from './unexpected-rise.ts';

/**
 * A zone that heats without being asked to, as a stuck relay makes it: by the measured power, by its temperature, or in
 * the test when the contactor closes. Trips, which opens the contactor.
 */
export function guardUncontrolled(ground: GuardGround): Guard {
  const zones = ground.equipment.zones.map((zone) => ({
    zone,
    checks: [excessPowerCheck(ground, zone), unexpectedRiseCheck(ground, zone), proveOffCheck(ground, zone)],
    point: ground.alarms.point(alarmNames.uncontrolled(zone.declaration.id)),
  }));
  return (situation) => {
    for (const { zone, checks, point } of zones) {
      let failed = false;
      for (const check of checks) failed = check(situation) || failed;
      const { value, quality } = zone.sensor.channel.raw.sample;
      const known = zone.sensor.channel.isGood && ground.equipment.power.isGood;
      point.report(failed ? true : known ? false : null, failed, value, quality);
    }
  };
}
