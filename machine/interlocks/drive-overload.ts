import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import type { Drive } from '../equipment.ts';
import { isTrue, numberOf } from '../image.ts';
import { isAtSpeed } from './drive-not-running.ts';
import type { Guard, GuardGround } from './guard.ts';
import { Held } from './held.ts';

/**
 * Current above the limit for `overloadSeconds`; or running, but not at the speed that its ramp has reached, for the
 * grace of `followSeconds`. In STARTING the latter is `…_NOT_RUNNING`.
 */
export function guardDriveOverload({ equipment, alarms }: GuardGround): Guard {
  const drives = equipment.drives.map((drive) => ({
    drive,
    overload: new Held(),
    slipping: new Held(),
    point: alarms.point(alarmNames.driveOverload(drive.declaration.id)),
  }));
  for (const { drive, point } of drives) {
    const { title, overloadA, overloadSeconds, followSeconds, atSpeedBandRpm } = drive.declaration;
    point.explain = () => {
      const current = numberOf(drive.current.raw);
      return current > overloadA
        ? `${title} draws ${numberText(current)} A; it may draw ${numberText(overloadA)} A for ${numberText(overloadSeconds)} s.`
        : `${title} turns at ${numberText(numberOf(drive.speed.raw))} rpm, commanded ${numberText(drive.commandRpm)} rpm ± ${numberText(atSpeedBandRpm)} rpm, for ${numberText(followSeconds)} s.`;
    };
  }
  return ({ nowMs, state }) => {
    for (const { drive, overload, slipping, point } of drives) {
      const { overloadA, overloadSeconds, followSeconds } = drive.declaration;
      const above = drive.current.isGood ? numberOf(drive.current.raw) > overloadA : null;
      const arrived = drive.commandRpm !== 0 && drive.commandRpm === drive.targetRpm;
      const slips = arrived && state !== 'STARTING' && isSlipping(drive);
      const overloaded = overload.atLeast(above, overloadSeconds, nowMs);
      const trips = slipping.atLeast(slips, followSeconds, nowMs) || overloaded;
      const { value, quality } = drive.current.raw.sample;
      point.report(trips ? true : drive.current.isGood ? false : null, trips, value, quality);
    }
  };
}

/** Null when its status or its speed is not known. */
function isSlipping(drive: Drive): boolean | null {
  if (!drive.running.isGood || !drive.speed.isGood) return null;
  return isTrue(drive.running.raw) && !isAtSpeed(drive);
}
