import type { Channel } from '../acquisition/channel.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import type { Sensor } from '../equipment.ts';
import { explainingLoss } from './comms-lost.ts';
import type { Guard, GuardGround } from './guard.ts';
import { fellSilentWithModule } from './signal-lost.ts';

/**
 * A zone or motor temperature older than its limit. Heaters are off and no new drive command is taken at once; trips
 * `staleTripSeconds` after it left Good. When the modules of all stale temperatures are lost, that is the alarm to show.
 */
export function guardStaleTemperatures({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.temperatureStale);
  const tripMs = declaration.guards.staleTripSeconds * 1_000;
  let atMs = 0;
  point.explain = () => {
    const stale = equipment.vital.filter(({ channel }) => channel.isStale).map((sensor) => ageText(sensor, atMs));
    return `${stale.join('; ')}. ${numberText(tripMs / 1_000)} s after a temperature left Good the machine stops.`;
  };
  return ({ nowMs }) => {
    atMs = nowMs;
    let cause: string | null = null;
    let stale = false;
    let known = true;
    let explained = true;
    let trips = false;
    for (const { channel } of equipment.vital) {
      if (!channel.isStale) continue;
      if (channel.notGoodSinceMs === null || isUndecided(channel)) known = false;
      else stale = true;
      trips ||= channel.notGoodSinceMs !== null && nowMs - channel.notGoodSinceMs >= tripMs;
      const loss = explainingLoss(channel.module, alarms);
      if (loss === null) explained = false;
      else cause = loss;
    }
    point.report(stale || trips ? true : known ? false : null, trips, null, null, explained ? cause : null);
  };
}

/** It is not known yet whether this signal went alone, with its module, or with the whole line. */
function isUndecided(channel: Channel): boolean {
  return channel.module.lost ? channel.module.lossIsUndecided : fellSilentWithModule(channel);
}

function ageText({ declaration: { title }, channel: { lastAtMs, limitMs } }: Sensor, nowMs: number): string {
  if (lastAtMs === null) return `${title}: never read since the start`;
  return `${title}: last read ${numberText((nowMs - lastAtMs) / 1_000)} s ago, where ${numberText(limitMs / 1_000)} s are allowed`;
}
