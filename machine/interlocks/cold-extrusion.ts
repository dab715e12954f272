import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Drive, Zone } from '../equipment.ts';
import { isTrue, numberOf } from '../image.ts';
import type { Guard, GuardGround } from './guard.ts';
import { Held } from './held.ts';

/** The drive turns, or is commanded to. */
export function turns(drive: Drive): boolean {
  return drive.commandRpm !== 0 || isTrue(drive.running.raw);
}

/** A zone that is not known to be at or above its minimum: no drive may begin to turn. */
export function isTooCold(zone: Zone): boolean {
  return !(zone.sensor.channel.isGood && numberOf(zone.sensor.channel.raw) >= zone.minimumC);
}

/** A drive turns although a zone is well below its minimum. */
export function guardColdExtrusion({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.coldExtrusion);
  const { coldTripBelowK, coldTripSeconds } = declaration.guards;
  const held = new Held();
  return ({ nowMs }) => {
    const coldest = equipment.zones.find(
      ({ sensor: { channel }, minimumC }) => channel.isGood && numberOf(channel.raw) < minimumC - coldTripBelowK,
    );
    const turning = equipment.drives.some(turns);
    const unknown = turning && equipment.zones.some(({ sensor }) => !sensor.channel.isGood);
    const cold = turning && coldest !== undefined ? true : unknown ? null : false;
    const trips = held.atLeast(cold, coldTripSeconds, nowMs);
    const sample = coldest?.sensor.channel.raw.sample;
    point.report(trips ? true : unknown ? null : false, trips, sample?.value ?? null, sample?.quality ?? null);
  };
}
