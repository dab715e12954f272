import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Guard, GuardGround } from './guard.ts';

/** Running on the last known good configuration; heating and start are blocked. */
export function guardConfiguration({ alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.configurationUnconfirmed);
  return ({ configurationUnconfirmed }) => point.report(configurationUnconfirmed, false);
}

/** The wall clock jumped. Durations are not touched by it; time stamps before and after do not line up. */
export function guardClock({ declaration, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.clockStepped);
  const clockStepMs = declaration.guards.clockStepSeconds * 1_000;
  return (situation) => {
    const stepped = Math.abs(situation.clockStepMs) > clockStepMs;
    point.report(stepped, false, Math.round(situation.clockStepMs / 1_000));
  };
}
