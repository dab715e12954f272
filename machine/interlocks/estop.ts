import { alarmNames } from '../alarms/guard-alarms.ts';
import { isFalse, isTrue } from '../image.ts';
import { explainingLoss } from './comms-lost.ts';
import type { Guard, GuardGround } from './guard.ts';

/**
 * The e-stop chain is open: trips at once. A chain that is not known to be closed for
 * `staleTripSeconds` counts as open.
 */
export function guardEstop({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.estop);
  const { estop } = equipment;
  const tripMs = declaration.guards.staleTripSeconds * 1_000;
  return ({ nowMs }) => {
    const { quality } = estop.raw.sample;
    const closed = isTrue(estop.raw);
    if (isFalse(estop.raw)) {
      point.report(true, true, false, quality);
      return;
    }
    const unknownMs = estop.notGoodSinceMs === null ? -1 : nowMs - estop.notGoodSinceMs;
    if (unknownMs >= tripMs) point.report(true, true, null, quality, explainingLoss(estop.module, alarms));
    else point.report(closed ? false : null, false);
  };
}
