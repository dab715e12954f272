import type { Equipment, Zone } from '../equipment.ts';
import { isCellGood, numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import type { GuardGround } from './guard.ts';
import { Held } from './held.ts';

/** What the heaters should draw by their duties, in W. */
export function expectedPowerW(equipment: Equipment): number {
  let watts = 0;
  for (const zone of equipment.zones) watts += (zone.dutyPercent / 100) * zone.declaration.nominalPowerW;
  return watts;
}

/** What they draw, in W; NaN when it is not known. */
export function measuredPowerW({ power, wattsPerUnit }: Equipment): number {
  return isCellGood(power.raw) ? numberOf(power.raw) * wattsPerUnit : Number.NaN;
}

/** The zone has no duty, and more power flows than the duties explain by a good share of what this zone draws. */
export function excessPowerCheck({ declaration, equipment }: GuardGround, zone: Zone) {
  const held = new Held();
  const { uncontrolledPowerShare, uncontrolledPowerSeconds } = declaration.guards;
  const limitW = uncontrolledPowerShare * zone.declaration.nominalPowerW;
  return ({ nowMs }: Readonly<Situation>): boolean => {
    const excessW = measuredPowerW(equipment) - expectedPowerW(equipment);
    // a power that is not known now and then does not begin the time anew
    const excess = Number.isNaN(excessW) ? null : excessW > limitW;
    return held.atLeast(zone.dutyPercent === 0 ? excess : false, uncontrolledPowerSeconds, nowMs);
  };
}
