import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import type { Guard, GuardGround } from './guard.ts';

/** Running on the last known good configuration; heating and start are blocked. */
export function guardConfiguration({ alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.configurationUnconfirmed);
  return ({ configurationUnconfirmed }) => point.report(configurationUnconfirmed, false);
}

/** The wall clock jumped. Durations are not touched by it; time stamps before and after do not line up. */
export function guardClock({ declaration, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.clockStepped);
  let steppedSeconds = 0;
  point.explain = () =>
    `The system time jumped by ${numberText(steppedSeconds)} s; up to ${numberText(declaration.guards.clockStepSeconds)} s are not worth telling.`;
  const clockStepMs = declaration.guards.clockStepSeconds * 1_000;
  return (situation) => {
    const stepped = Math.abs(situation.clockStepMs) > clockStepMs;
    if (stepped) steppedSeconds = situation.clockStepMs / 1_000;
    point.report(stepped, false, Math.round(situation.clockStepMs / 1_000));
  };
}
