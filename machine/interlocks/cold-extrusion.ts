import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Drive, Zone } from '../equipment.ts';
import { isTrue, numberOf } from '../image.ts';
import { numberText } from '../control/reason-text.ts';
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
  let coldestZone: Zone | undefined;
  point.explain = () => {
    if (coldestZone === undefined) return 'A drive turns while a zone is too cold.';
    const { sensor, minimumC, declaration: zone } = coldestZone;
    return `A drive turns while ${zone.title} reads ${numberText(numberOf(sensor.channel.raw))} °C; below ${numberText(minimumC - coldTripBelowK)} °C none may, its minimum being ${numberText(minimumC)} °C.`;
  };
  return ({ nowMs }) => {
    const coldest = equipment.zones.find(
      ({ sensor: { channel }, minimumC }) => channel.isGood && numberOf(channel.raw) < minimumC - coldTripBelowK,
    );
    const turning = equipment.drives.some(turns);
    const unknown = turning && equipment.zones.some(({ sensor }) => !sensor.channel.isGood);
    const cold = turning && coldest !== undefined ? true : unknown ? null : false;
    const trips = held.atLeast(cold, coldTripSeconds, nowMs);
    if (trips) coldestZone = coldest;
    const sample = coldest?.sensor.channel.raw.sample;
    point.report(trips ? true : unknown ? null : false, trips, sample?.value ?? null, sample?.quality ?? null);
  };
}
