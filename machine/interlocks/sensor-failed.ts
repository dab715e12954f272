import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Channel } from '../acquisition/channel.ts';
import { numberText } from '../control/reason-text.ts';
import { numberOf } from '../image.ts';
import type { Quality } from '../quality.ts';
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
    title: sensor.declaration.title,
    channel: sensor.channel,
    trips: equipment.vital.includes(sensor),
    point: alarms.point(alarmNames.sensorFailed(sensor.declaration.id)),
  }));
  for (const { title, channel, trips, point } of sensors) {
    const after = trips ? ` The machine stops ${numberText(tripMs / 1_000)} s after the first failed reading.` : '';
    point.explain = () => {
      const last = numberOf(channel.raw);
      const known = Number.isNaN(last)
        ? 'It never gave a valid reading'
        : `Its last valid reading was ${numberText(last)} °C`;
      return `${title}: ${failureText(channel)}. ${known}.${after}`;
    };
  }
  return ({ nowMs }) => {
    for (const { channel, trips, point } of sensors) {
      const { value, quality } = channel.raw.sample;
      if (channel.hasFailed) {
        point.report(true, trips && nowMs - (channel.notGoodSinceMs ?? nowMs) >= tripMs, value, quality);
      } else if (!trips && isMissed(channel, nowMs, tripMs)) {
        // what takes the vital ones of the same module as well has an alarm of its own
        const shared = equipment.vital.some(
          (vital) => vital.channel.module === channel.module && vital.channel.isStale,
        );
        point.report(true, false, value, quality, shared ? alarmNames.temperatureStale : null);
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

function failureText({ failure, raw }: Channel): string {
  if (failure === null) return `no valid reading (${raw.sample.quality})`;
  const { span } = raw.declaration;
  switch (failure.kind) {
    case 'device':
      return `the module reports ${failureWords[failure.quality] ?? failure.quality}`;
    case 'type':
      return 'the module gives no number';
    case 'span':
      return `a reading of ${numberText(failure.value)} °C, outside ${span?.[0]}…${span?.[1]} °C`;
    case 'jump':
      return `a jump to ${numberText(failure.value)} °C from one reading to the next`;
    case 'frozen':
      break;
  }
  return 'the reading stands still while the zone must have moved';
}

const failureWords: Readonly<Partial<Record<Quality, string>>> = {
  BadSensorFailure: 'an open circuit, a reading under its range, or a failed cold junction',
  BadConfigurationError: 'that it has no such channel (exception 1, 2 or 3)',
  BadDeviceFailure: 'a failure of its own (exception 4)',
};
