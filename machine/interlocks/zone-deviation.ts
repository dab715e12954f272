import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import { numberOf } from '../image.ts';
import type { Guard, GuardGround } from './guard.ts';
import { Held } from './held.ts';

/** A zone far from its setpoint while extruding, once it has been in band since the setpoint was last changed. */
export function guardDeviation({ declaration, equipment, alarms }: GuardGround): Guard {
  const { deviationK, deviationSeconds } = declaration.guards;
  const { readyBandK } = declaration.heating;
  const zones = equipment.zones.map((zone) => ({
    zone,
    held: new Held(),
    setpointC: Number.NaN,
    reachedBand: false,
    point: alarms.point(alarmNames.deviation(zone.declaration.id)),
  }));
  for (const { zone, point } of zones) {
    point.explain = () => {
      const temperatureC = numberOf(zone.sensor.channel.cell);
      const setpointC = numberOf(zone.setpoint);
      return `${zone.declaration.title} reads ${numberText(temperatureC)} °C, ${numberText(Math.abs(temperatureC - setpointC))} K from its setpoint ${numberText(setpointC)} °C; more than ${numberText(deviationK)} K for ${numberText(deviationSeconds)} s rings.`;
    };
  }
  return ({ nowMs, state }) => {
    const extruding = state === 'STARTING' || state === 'RUNNING';
    for (const watch of zones) {
      const { channel } = watch.zone.sensor;
      const setpointC = numberOf(watch.zone.setpoint);
      if (setpointC !== watch.setpointC) watch.reachedBand = false;
      watch.setpointC = setpointC;
      const offK = Math.abs(numberOf(channel.cell) - setpointC);
      if (channel.isGood && offK <= readyBandK) watch.reachedBand = true;
      const { value, quality } = channel.cell.sample;
      if (!channel.isGood) {
        watch.point.report(extruding ? null : false, false);
        continue;
      }
      const deviates = watch.held.atLeast(extruding && watch.reachedBand && offK > deviationK, deviationSeconds, nowMs);
      watch.point.report(deviates, false, value, quality);
    }
  };
}
