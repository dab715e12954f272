import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import { numberOf } from '../image.ts';
import type { Guard, GuardGround } from './guard.ts';

/** A zone above its trip limit in so many consecutive single readings: trips, which opens the contactor. */
export function guardOverTemperature({ declaration, equipment, alarms }: GuardGround): Guard {
  const zones = equipment.zones.map((zone) => ({
    zone: zone.declaration,
    channel: zone.sensor.channel,
    point: alarms.point(alarmNames.overTemperature(zone.declaration.id)),
  }));
  const readings = declaration.guards.overTemperatureReadings;
  for (const { zone, channel, point } of zones) {
    point.explain = () =>
      `${zone.title} reads ${numberText(numberOf(channel.raw))} °C; above ${numberText(zone.tripAboveC)} °C in ${readings} readings on end the machine stops.`;
  }
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
  point.explain = () =>
    `The main motor reads ${numberText(numberOf(channel.raw))} °C; at ${numberText(tripAtC)} °C the machine stops.`;
  return () => {
    const { value, quality } = channel.raw.sample;
    if (!channel.isGood || typeof value !== 'number') point.report(null, false);
    else point.report(value >= tripAtC, value >= tripAtC, value, quality);
  };
}
