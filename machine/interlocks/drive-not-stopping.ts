import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import { isTrue, numberOf } from '../image.ts';
import type { Guard, GuardGround } from './guard.ts';
import { Held } from './held.ts';

/**
 * A drive that runs although it has been commanded to stand: after the ramp down, the grace of `followSeconds`. In every
 * state, for a drive that turns unasked is no better in IDLE.
 */
export function guardDrivesStop({ equipment, alarms }: GuardGround): Guard {
  const drives = equipment.drives.map((drive) => ({
    drive,
    held: new Held(),
    point: alarms.point(alarmNames.driveNotStopping(drive.declaration.id)),
  }));
  for (const { drive, point } of drives) {
    const { title, followSeconds } = drive.declaration;
    point.explain = () =>
      `${title} is commanded to stand and still runs ${numberText(followSeconds)} s later; it reads ${numberText(numberOf(drive.speed.raw))} rpm.`;
  }
  return ({ nowMs }) => {
    for (const { drive, held, point } of drives) {
      const unknown = drive.commandRpm === 0 && !drive.running.isGood;
      const runs = unknown ? null : drive.commandRpm === 0 && isTrue(drive.running.raw);
      const trips = held.atLeast(runs, drive.declaration.followSeconds, nowMs);
      const { value, quality } = drive.speed.raw.sample;
      point.report(trips ? true : unknown ? null : false, trips, value, quality);
    }
  };
}
