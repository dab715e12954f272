import type { Channel } from '../acquisition/channel.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import { isCellGood } from '../image.ts';
import { numberText } from '../control/reason-text.ts';
import { explainingLoss } from './comms-lost.ts';
import type { Guard, GuardGround } from './guard.ts';

/**
 * A drive that reports a fault code trips at once. A drive of which fault, speed, current or run status is unknown for
 * `staleTripSeconds` trips as well, for nobody can say what it does.
 */
export function guardDriveFaults({ declaration, equipment, alarms }: GuardGround): Guard {
  const tripMs = declaration.guards.staleTripSeconds * 1_000;
  const drives = equipment.drives.map((drive) => ({
    drive,
    channels: [drive.fault, drive.running, drive.speed, drive.current],
    point: alarms.point(alarmNames.driveFault(drive.declaration.id)),
  }));
  for (const { drive, channels, point } of drives) {
    const { title } = drive.declaration;
    point.explain = () => {
      const { value } = drive.fault.raw.sample;
      if (isCellGood(drive.fault.raw) && value !== 0) return `${title} reports fault code ${value}; 0 means none.`;
      const unknown = channels.filter(({ isGood }) => !isGood).map(({ raw }) => raw.declaration.title);
      return `What ${title} does has not been known for ${numberText(tripMs / 1_000)} s; without a reading: ${unknown.join(', ')}.`;
    };
  }
  return ({ nowMs }) => {
    for (const { drive, channels, point } of drives) {
      const { value, quality } = drive.fault.raw.sample;
      const known = isCellGood(drive.fault.raw);
      const unknown = channels.find((channel) => unknownForMs(channel, nowMs) >= tripMs);
      if (known && value !== 0) point.report(true, true, value, quality);
      else if (unknown !== undefined) {
        point.report(true, true, null, unknown.raw.sample.quality, explainingLoss(unknown.module, alarms));
      } else point.report(known ? false : null, false);
    }
  };
}

function unknownForMs(channel: Channel, nowMs: number): number {
  return channel.notGoodSinceMs === null ? -1 : nowMs - channel.notGoodSinceMs;
}
