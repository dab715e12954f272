import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText, wattsText } from '../control/reason-text.ts';
import { expectedPowerW, measuredPowerW } from './excess-power.ts';
import type { Guard, GuardGround } from './guard.ts';
import { Held } from './held.ts';

/** The measured power differs from the duties, while there is any: a heater or a relay failed in part. No trip. */
export function guardPowerMismatch({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.heaterPowerMismatch);
  const { powerMismatchShare, powerMismatchW, powerMismatchSeconds } = declaration.guards;
  const held = new Held();
  point.explain = () =>
    `The heaters draw ${wattsText(measuredPowerW(equipment))}; by their duties it should be ${wattsText(expectedPowerW(equipment))}, and ${numberText(powerMismatchShare * 100)} % and ${wattsText(powerMismatchW)} off for ${numberText(powerMismatchSeconds)} s rings.`;
  return ({ nowMs }) => {
    const expectedW = expectedPowerW(equipment);
    const measuredW = measuredPowerW(equipment);
    const differenceW = Math.abs(measuredW - expectedW);
    const known = !Number.isNaN(measuredW);
    const differs = expectedW > 0 && differenceW > powerMismatchShare * expectedW && differenceW > powerMismatchW;
    const stands = held.atLeast(known ? differs : null, powerMismatchSeconds, nowMs);
    const { value, quality } = equipment.power.raw.sample;
    point.report(known ? stands : null, false, value, quality);
  };
}
