import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment, Zone } from '../equipment.ts';
import type { Situation } from '../situation.ts';
import { measuredPowerW } from './excess-power.ts';
import type { GuardGround } from './guard.ts';

/** A reading may be on its way for this long after the contactor closed and still be from before, in polls. */
const settlingPolls = 2;

/** A power reading that is newer than this after the contactor closed is from the test, in ms. */
export function settlingMs(declaration: MachineDeclaration, { power }: Equipment): number {
  const pollMs = power.cell.declaration.pollPeriodMs ?? power.module.pollPeriodMs;
  return Math.max((declaration.heating.proveOffSeconds * 1_000) / 2, settlingPolls * pollMs);
}

/**
 * After heat on the contactor is closed with all duties 0. Whatever draws power then is stuck; a zone is excluded when more
 * than half of what it draws would have to be missing. The test lasts until it has a reading of its own.
 */
export function proveOffCheck({ declaration, equipment }: GuardGround, zone: Zone) {
  const limitW = declaration.guards.uncontrolledPowerShare * zone.declaration.nominalPowerW;
  const settledAfterMs = settlingMs(declaration, equipment);
  return ({ provingSinceMs }: Readonly<Situation>): boolean => {
    const { lastGoodAtMs } = equipment.power;
    if (provingSinceMs === null || lastGoodAtMs === null) return false;
    return lastGoodAtMs > provingSinceMs + settledAfterMs && measuredPowerW(equipment) > limitW;
  };
}
