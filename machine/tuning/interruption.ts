import { numberText } from '../control/reason-text.ts';
import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import type { TuningGround } from './tuning-ground.ts';

/** Why a test ended before it was done. */
export interface Interruption {
  readonly code: string;
  readonly text: string;
}

export const interruptions = {
  heatingOff: { code: 'HEATING_OFF', text: 'Heating went off.' },
  manual: { code: 'WRONG_MODE', text: 'The mode changed; autotune needs AUTO.' },
  trip: { code: 'ALARM_ACTIVE', text: 'The machine tripped.' },
  temperatureUnknown: { code: 'TEMP_DATA_STALE', text: 'The temperature of the zone was not known any more.' },
  replaced: { code: 'REPLACED', text: 'Something else took over the duty of the zone.' },
  byCommand: { code: 'ABORTED', text: 'The test was aborted by command.' },
} as const satisfies Record<string, Interruption>;

/** The highest temperature that a zone may have while it is tuned, in °C. */
export function tuningLimitC({ declaration }: TuningGround, zone: Zone): number {
  return zone.declaration.tripAboveC - declaration.tuning.marginK;
}

/** What in this scan stands against going on with the test of a zone; null when nothing does. */
export function interruption(
  ground: TuningGround,
  zone: Zone,
  setpointC: number,
  situation: Readonly<Situation>,
): Interruption | null {
  const { state, mode, heatingOn } = situation;
  if (state === 'ALARM') return interruptions.trip;
  if (!heatingOn) return interruptions.heatingOff;
  if (mode !== 'AUTO') return interruptions.manual;
  const { channel } = zone.sensor;
  if (!channel.isGood) return interruptions.temperatureUnknown;
  // one temperature that is too old takes the duty from all heaters
  for (const { channel: other, declaration } of ground.equipment.vital) {
    if (!other.isStale) continue;
    const text = `The temperature of ${declaration.title} was not known any more, which switches all heaters off.`;
    return { ...interruptions.temperatureUnknown, text };
  }
  const wantedC = numberOf(zone.setpoint);
  if (wantedC !== setpointC) {
    const text = `The setpoint changed from ${numberText(setpointC)} °C to ${numberText(wantedC)} °C.`;
    return { code: 'SETPOINT_CHANGED', text };
  }
  const limitC = tuningLimitC(ground, zone);
  const temperatureC = numberOf(channel.raw);
  if (temperatureC <= limitC) return null;
  const text = `The zone reached ${numberText(temperatureC)} °C; autotune stays below ${numberText(limitC)} °C.`;
  return { code: 'TOO_HOT', text };
}
