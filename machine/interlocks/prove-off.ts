import type { Zone } from '../equipment.ts';
import type { Situation } from '../situation.ts';
import { measuredPowerW } from './excess-power.ts';
import type { GuardGround } from './guard.ts';

/** A reading may be on its way for this long after the contactor closed and still be from before, in polls. */
const settlingPolls = 2;

/**
 * After heat on the contactor is closed with all duties 0. Whatever draws power then is stuck; a zone is excluded when more
 * than half of what it draws would have to be missing.
 */
export function proveOffCheck({ declaration, equipment }: GuardGround, zone: Zone) {
  const limitW = declaration.guards.uncontrolledPowerShare * zone.declaration.nominalPowerW;
  const { power } = equipment;
  const reference = declaration.modules.find((module) => module.id === power.module.id);
  const pollMs = power.cell.declaration.pollPeriodMs ?? reference?.pollPeriodMs ?? declaration.scanPeriodMs;
  return ({ provingSinceMs }: Readonly<Situation>): boolean => {
    if (provingSinceMs === null || power.lastGoodAtMs === null) return false;
    const isFromTheTest = power.lastGoodAtMs > provingSinceMs + settlingPolls * pollMs;
    return isFromTheTest && measuredPowerW(equipment) > limitW;
  };
}
