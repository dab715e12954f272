import { alarmNames } from '../alarms/guard-alarms.ts';
import { isFalse, isTrue, numberOf } from '../image.ts';
import { numberText } from '../control/reason-text.ts';
import type { Drive } from '../equipment.ts';
import type { Situation } from '../situation.ts';
import type { Guard, GuardGround } from './guard.ts';
import { Held } from './held.ts';

/** The drive runs at the speed that it is commanded. */
export function isAtSpeed(drive: Drive): boolean {
  return (
    isTrue(drive.running.raw) &&
    drive.speed.isGood &&
    Math.abs(numberOf(drive.speed.raw) - drive.commandRpm) <= drive.declaration.atSpeedBandRpm
  );
}

/**
 * Commanded, but its status says that it does not run (its watchdog expired, its module rebooted); or, in STARTING, not at
 * speed within its ramp time and the grace.
 */
export function guardDrivesRun({ declaration, equipment, alarms }: GuardGround): Guard {
  const { driveNotRunningSeconds } = declaration.guards;
  const drives = equipment.drives.map((drive) => ({
    drive,
    held: new Held(),
    point: alarms.point(alarmNames.driveNotRunning(drive.declaration.id)),
  }));
  for (const { drive, point } of drives) {
    const { title, atSpeedBandRpm, followSeconds } = drive.declaration;
    point.explain = () => {
      const reads = `it reads ${numberText(numberOf(drive.speed.raw))} rpm`;
      return isFalse(drive.running.raw) && drive.commandRpm !== 0
        ? `${title} is commanded ${numberText(drive.commandRpm)} rpm and has not run for ${numberText(driveNotRunningSeconds)} s; ${reads}.`
        : `${title} is not at ${numberText(drive.targetRpm)} rpm ± ${numberText(atSpeedBandRpm)} rpm ${numberText(followSeconds)} s after its ramp; ${reads}.`;
    };
  }
  return (situation) => {
    for (const { drive, held, point } of drives) {
      const unknown = drive.commandRpm !== 0 && !drive.running.isGood;
      const stands = unknown ? null : drive.commandRpm !== 0 && isFalse(drive.running.raw);
      const silent = held.atLeast(stands, driveNotRunningSeconds, situation.nowMs);
      const trips = silent || isLate(drive, situation);
      const { value, quality } = drive.speed.raw.sample;
      point.report(trips ? true : unknown ? null : false, trips, value, quality);
    }
  };
}

function isLate(drive: Drive, { state, nowMs }: Readonly<Situation>): boolean {
  if (state !== 'STARTING' || !drive.on || drive.targetRpm === 0) return false;
  const rampSeconds = Math.abs(drive.targetRpm) / drive.declaration.rampUpRpmPerS;
  const deadlineMs = drive.onSinceMs + (rampSeconds + drive.declaration.followSeconds) * 1_000;
  return nowMs > deadlineMs && !(drive.commandRpm === drive.targetRpm && isAtSpeed(drive));
}
