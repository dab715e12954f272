import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Guard, GuardGround } from './guard.ts';

/** A zone above its trip limit in so many consecutive single readings: trips, which opens the contactor. */
export function guardOverTemperature({ declaration, equipment, alarms }: GuardGround): Guard {
  const zones = equipment.zones.map((zone) => ({
    channel: zone.sensor.channel,
    point: alarms.point(alarmNames.overTemperature(zone.declaration.id)),
  }));
  const readings = declaration.guards.overTemperatureReadings;
  return () => {
    for (const { channel, point } of zones) {
      const { value, quality } = channel.raw.sample;
      if (channel.readingsAbove >= readings) point.report(true, true, value, quality);
      else point.report(channel.isGood && channel.readingsAbove === 0 ? false : null, false);
    }
  };
}

/** The motor at or above its trip temperature. */
export function guardMotorTemperature({ declaration, equipment, alarms }: GuardGround): Guard {
  const { channel } = equipment.motor;
  const point = alarms.point(alarmNames.motorOverTemperature);
  const { tripAtC } = declaration.motor;
  return () => {
    const { value, quality } = channel.raw.sample;
    if (!channel.isGood || typeof value !== 'number') point.report(null, false);
    else point.report(value >= tripAtC, value >= tripAtC, value, quality);
  };
}
