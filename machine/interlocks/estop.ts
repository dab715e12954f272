import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
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
  point.explain = () => {
    if (isFalse(estop.raw)) return 'The e-stop chain is open.';
    return isTrue(estop.raw)
      ? 'An emergency stop was commanded; the e-stop chain is closed.'
      : `Whether the e-stop chain is closed has not been known for ${numberText(tripMs / 1_000)} s (${estop.raw.sample.quality}), which counts as open.`;
  };
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
