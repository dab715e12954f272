import type { Channel } from '../acquisition/channel.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Guard, GuardGround } from './guard.ts';

/**
 * A watched temperature whose reading failed: open circuit, out of range, a jump, frozen, or refused by the device. The
 * heater of its zone is off at once, since nothing controls by a reading that is not Good; a sensor that must be there
 * trips `staleTripSeconds` after the first failed reading. For one that need not be there, no other alarm tells that it is
 * no longer delivered by a module that answers: this one does, after the same time.
 */
export function guardSensors({ declaration, equipment, alarms }: GuardGround): Guard {
  const tripMs = declaration.guards.staleTripSeconds * 1_000;
  const sensors = equipment.sensors.map((sensor) => ({
    channel: sensor.channel,
    trips: equipment.vital.includes(sensor),
    point: alarms.point(alarmNames.sensorFailed(sensor.declaration.id)),
  }));
  return ({ nowMs }) => {
    for (const { channel, trips, point } of sensors) {
      const { value, quality } = channel.raw.sample;
      if (channel.hasFailed) {
        point.report(true, trips && nowMs - (channel.notGoodSinceMs ?? nowMs) >= tripMs, value, quality);
      } else if (!trips && isMissed(channel, nowMs, tripMs)) {
        point.report(true, false, value, quality);
      } else {
        // a sensor that is not heard of may have failed or not: its alarm neither comes nor goes
        point.report(channel.isStale ? null : false, false);
      }
    }
  };
}

function isMissed({ isStale, module, notGoodSinceMs }: Channel, nowMs: number, afterMs: number): boolean {
  return isStale && !module.lost && notGoodSinceMs !== null && nowMs - notGoodSinceMs >= afterMs;
}
