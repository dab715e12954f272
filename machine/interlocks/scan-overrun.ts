import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import type { Guard, GuardGround } from './guard.ts';

/** A scan that began later than twice its period: an alarm, and a trip after `overrunsToTrip` in a row. */
export function guardScan({ declaration, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.scanOverrun);
  const { overrunsToTrip } = declaration.guards;
  let inARow = 0;
  point.explain = () =>
    `The scan began later than ${numberText((2 * declaration.scanPeriodMs) / 1_000)} s after the one before, ${inARow} times on end; at ${overrunsToTrip} the machine stops.`;
  return ({ overrun }) => {
    inARow = overrun ? inARow + 1 : 0;
    point.report(overrun, inARow >= overrunsToTrip, inARow);
  };
}
