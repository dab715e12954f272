import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Guard, GuardGround } from './guard.ts';

/** A scan that began later than twice its period: an alarm, and a trip after `overrunsToTrip` in a row. */
export function guardScan({ declaration, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.scanOverrun);
  const { overrunsToTrip } = declaration.guards;
  let inARow = 0;
  return ({ overrun }) => {
    inARow = overrun ? inARow + 1 : 0;
    point.report(overrun, inARow >= overrunsToTrip, inARow);
  };
}
