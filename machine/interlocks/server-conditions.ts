import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Guard, GuardGround } from './guard.ts';

/** A jump of the system time beyond this is told, in ms. */
const clockStepMs = 2_000;

/** Running on the last known good configuration; heating and start are blocked. */
export function guardConfiguration({ alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.configurationUnconfirmed);
  return ({ configurationUnconfirmed }) => point.report(configurationUnconfirmed, false);
}

/** The wall clock jumped. Durations are not touched by it; time stamps before and after do not line up. */
export function guardClock({ alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.clockStepped);
  return (situation) => {
    const stepped = Math.abs(situation.clockStepMs) > clockStepMs;
    point.report(stepped, false, Math.round(situation.clockStepMs / 1_000));
  };
}
